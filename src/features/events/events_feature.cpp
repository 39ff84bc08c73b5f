#include "features/events/events_feature.h"

#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/json/object.hpp>

#include "base/json_write.h"
#include "features/events/account_feeds.h"
#include "features/events/account_stream.h"
#include "features/events/events_http.h"
#include "features/events/events_metrics.h"
#include "features/events/ledger_http.h"
#include "features/events/ledger_service.h"
#include "features/events/webhook_http.h"
#include "features/events/webhook_sender.h"
#include "net/ticker.h"
#include "ops/log.h"
#include "realtime/hub.h"

namespace pulso::events {
namespace {

using boost::asio::awaitable;

constexpr milliseconds credential_interval{1'000};
constexpr milliseconds sharing_interval{5'000};
constexpr milliseconds expiry_interval{1'000};
constexpr milliseconds webhook_interval{500};
constexpr milliseconds pruning_interval{10 * 60 * 1'000};

class Feature final : public EventsFeature {
 public:
  explicit Feature(EventsDependencies dependencies)
      : d_(std::move(dependencies)),
        executor_(d_.shards.front()->context().get_executor()),
        metrics_(d_.metrics),
        hub_(d_.shards),
        store_(d_.database),
        feeds_({.options = d_.options,
                .clock = d_.clock,
                .hub = hub_,
                .store = store_,
                .bus = d_.bus,
                .executor = executor_}),
        streams_{.clock = d_.clock,
                 .hub = hub_,
                 .store = store_,
                 .authenticator = d_.authenticator,
                 .streams = std::vector<StreamList>(d_.shards.size())},
        counts_(create_stream_counts(hub_, d_.redis, d_.instance)),
        access_(d_.authenticator, metrics_),
        http_({.clock = d_.clock,
               .access = access_,
               .store = store_,
               .feeds = feeds_,
               .streams = streams_,
               .counts = *counts_,
               .stream_options = stream_options(),
               .metrics = metrics_}),
        ledger_({.clock = d_.clock, .database = d_.database, .feeds = feeds_, .default_currency = d_.options.currency}),
        ledger_http_({.clock = d_.clock,
                      .access = access_,
                      .service = ledger_,
                      .metrics = metrics_,
                      .audit = d_.audit,
                      .bank_secret = d_.options.bank_secret,
                      .has_demo_bank = d_.options.has_demo_bank}),
        webhooks_(d_.database),
        webhook_sender_({.clock = d_.clock,
                         .webhooks = webhooks_,
                         .events = store_,
                         .metrics = metrics_,
                         .policy = d_.options.webhooks,
                         .executor = executor_}),
        webhook_http_({.clock = d_.clock,
                       .access = access_,
                       .store = webhooks_,
                       .audit = d_.audit,
                       .allows_insecure = d_.options.webhooks.allows_insecure}) {}

  void add_routes(net::Router& router) override {
    http_.add_routes(router);
    ledger_http_.add_routes(router);
    webhook_http_.add_routes(router);
  }

  void start() override {
    for (net::Shard* shard : d_.shards) {
      tickers_.push_back(
          std::make_unique<net::Ticker>(shard->context().get_executor(), credential_interval,
                                        [this, shard] { check_credentials(streams_.streams[shard->index()]); }));
    }
    tickers_.push_back(std::make_unique<net::Ticker>(executor_, pruning_interval, [this] {
      if (std::exchange(is_pruning_, true)) return;
      boost::asio::co_spawn(executor_, prune(), [this](const std::exception_ptr&) { is_pruning_ = false; });
    }));
    tickers_.push_back(std::make_unique<net::Ticker>(executor_, sharing_interval, [this] {
      boost::asio::co_spawn(executor_, counts_->share(), [](const std::exception_ptr&) {});
    }));
    tickers_.push_back(std::make_unique<net::Ticker>(executor_, expiry_interval, [this] {
      if (std::exchange(is_expiring_, true)) return;
      boost::asio::co_spawn(executor_, expire(), [this](const std::exception_ptr&) { is_expiring_ = false; });
    }));
    tickers_.push_back(std::make_unique<net::Ticker>(executor_, webhook_interval, [this] { webhook_sender_.look(); }));
    for (const auto& ticker : tickers_) ticker->start();
    foreign_events_ = d_.database.listen(
        "pulso_events", {.on_word = [this](std::string_view account) { feeds_.wake(AccountId{std::string{account}}); },
                         .on_gap = [this] { feeds_.wake_all(); }});
  }

  void stop() override {
    foreign_events_.reset();
    for (const auto& ticker : tickers_) {
      boost::asio::post(ticker->executor(), [&ticker = *ticker] { ticker.stop(); });
    }
    boost::asio::post(executor_, [this] { webhook_sender_.stop(); });
    feeds_.stop();
  }

  void detach() override { hub_.observe({}); }

  bool on_bus_message(std::string_view channel) override { return feeds_.on_bus_message(channel); }

  awaitable<std::string> stats() override {
    co_return write_json(boost::json::object{
        {"connections", metrics_.connections.value()},
        {"accounts", hub_.topics().size()},
        {"totals", {{"published", metrics_.published.value()}, {"messages_out", metrics_.messages_out.value()}}}});
  }

 private:
  std::shared_ptr<const net::EventStreamOptions> stream_options() {
    auto options = std::make_shared<net::EventStreamOptions>();
    options->heartbeat_interval = d_.options.heartbeat_interval;
    options->outbox = d_.options.outbox;
    options->slow_consumers = &metrics_.slow_consumers;
    options->events_out = &metrics_.messages_out;
    options->streams = &metrics_.connections;
    return options;
  }

  /// A stream that ends is taken out of the list later, by its transport.
  static void check_credentials(const StreamList& streams) {
    for (AccountStream* stream : streams) stream->check_credential();
  }

  awaitable<void> prune() {
    const auto done = co_await store_.prune(d_.clock.now() - d_.options.retention, d_.options.retained_events);
    if (!done) ops::log_warning("events", "old events were not removed", {{"error", done.error().message}});
  }

  awaitable<void> expire() {
    const auto count = co_await ledger_.expire_due();
    if (!count) ops::log_warning("events", "due QRs were not looked for", {{"code", wire_code(count.error().code)}});
  }

  EventsDependencies d_;
  boost::asio::any_io_executor executor_;  ///< the first shard's: for what belongs to no connection
  EventsMetrics metrics_;
  realtime::Hub hub_;
  EventsStore store_;
  AccountFeeds feeds_;
  StreamContext streams_;
  std::unique_ptr<StreamCounts> counts_;
  AccountAccess access_;
  EventsHttp http_;
  LedgerService ledger_;
  LedgerHttp ledger_http_;
  WebhookStore webhooks_;
  WebhookSender webhook_sender_;
  WebhookHttp webhook_http_;
  bool is_expiring_ = false;  ///< touched by the first shard only
  bool is_pruning_ = false;   ///< likewise
  std::vector<std::unique_ptr<net::Ticker>> tickers_;
  std::unique_ptr<store::Notifications> foreign_events_;  ///< what other applications have put into the outbox
};

}  // namespace

std::span<const store::Migration> EventsFeature::migrations() noexcept {
  return EventsStore::migrations();
}

std::unique_ptr<EventsFeature> create_events(EventsDependencies dependencies) {
  return std::make_unique<Feature>(std::move(dependencies));
}

}  // namespace pulso::events
