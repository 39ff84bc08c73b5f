#include "features/seats/seats_feature.h"

#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/json_write.h"
#include "features/seats/demo_rooms.h"
#include "features/seats/expiry_clock.h"
#include "features/seats/memory_seat_holds.h"
#include "features/seats/redis_client_claims.h"
#include "features/seats/redis_seat_holds.h"
#include "features/seats/seats_channels.h"
#include "features/seats/seats_http.h"
#include "features/seats/spawn.h"
#include "net/ticker.h"

namespace pulso::seats {
namespace {

using boost::asio::awaitable;

constexpr milliseconds socket_tick{1000};
constexpr milliseconds cleaning_interval{30'000};
constexpr milliseconds retry_interval{500};
constexpr milliseconds journal_wait_max{5000};
constexpr std::size_t stats_rooms_max = 200;

class Feature final : public SeatsFeature {
 public:
  explicit Feature(SeatsDependencies dependencies)
      : dependencies_(std::move(dependencies)),
        executor_(dependencies_.shards.front()->context().get_executor()),
        metrics_(dependencies_.metrics),
        store_(dependencies_.database),
        directory_(dependencies_.options, store_),
        holds_(create_holds()),
        feed_(dependencies_.hub, directory_, *holds_, executor_,
              [this](const RoomId& room, bool follow) { follow_room(room, follow); }),
        service_({.options = dependencies_.options,
                  .clock = dependencies_.clock,
                  .store = store_,
                  .holds = *holds_,
                  .directory = directory_,
                  .feed = feed_,
                  .metrics = metrics_,
                  .announce_definition =
                      [this](const RoomId& room) {
                        dependencies_.bus.publish(std::string{definitions_channel}, room.value());
                      }}),
        claims_(create_claims()),
        context_{.service = service_,
                 .hub = dependencies_.hub,
                 .authenticator = dependencies_.authenticator,
                 .registry = registry_,
                 .claims = *claims_,
                 .sockets = std::vector<SocketList>(dependencies_.shards.size())},
        polls_(dependencies_.options.long_polls_max),
        http_(context_, polls_, dependencies_.audit, websocket_options()),
        expiry_(
            executor_, [this] { return holds_->now(); },
            [this](const RoomId& room) { spawn(executor_, expire(room)); }) {}

  void add_routes(net::Router& router) override { http_.add_routes(router); }
  void start() override;
  void begin_drain() override { polls_.end(); }
  void stop() override;
  bool on_bus_message(std::string_view channel, std::string_view payload) override;
  bool on_bus_gap(std::string_view channel) override;
  awaitable<Result<void>> create_demo_rooms() override;
  awaitable<std::string> stats(bool with_rooms) override;

 private:
  std::unique_ptr<SeatHolds> create_holds();
  std::unique_ptr<ClientClaims> create_claims();
  std::shared_ptr<const net::WebSocketOptions> websocket_options();
  void follow_room(const RoomId& room, bool follow);
  awaitable<void> expire(RoomId room);
  awaitable<void> take_up_rooms();

  SeatsDependencies dependencies_;
  boost::asio::any_io_executor executor_;  ///< the first shard's: for what belongs to no connection
  SeatsMetrics metrics_;
  SeatsStore store_;
  RoomDirectory directory_;
  MemorySeatHolds* memory_ = nullptr;
  RedisSeatHolds* redis_ = nullptr;
  std::unique_ptr<SeatHolds> holds_;
  RoomFeed feed_;
  SeatsService service_;
  ClientRegistry registry_;
  std::unique_ptr<ClientClaims> claims_;
  SocketContext context_;
  LongPolls polls_;
  SeatsHttp http_;
  ExpiryClock expiry_;
  std::vector<std::unique_ptr<net::Ticker>> tickers_;
};

std::unique_ptr<SeatHolds> Feature::create_holds() {
  SeatHolds::Listener listener{
      .on_changes = [this](const RoomId& room,
                           std::vector<SeatChange> changes) { feed_.on_changes(room, std::move(changes)); },
      .on_gap = [this](const RoomId& room) { feed_.on_gap(room); },
      .on_due = [this](const RoomId& room, WallTime when) { expiry_.add(room, when); },
  };
  const bool is_single = dependencies_.redis == nullptr;
  LoadRoom load_room = [this, is_single](RoomId room) { return store_.load_room(std::move(room), is_single); };
  if (is_single) {
    auto holds = std::make_unique<MemorySeatHolds>(MemorySeatHolds::Dependencies{
        .options = dependencies_.options,
        .clock = dependencies_.clock,
        .executor = executor_,
        .load_room = std::move(load_room),
        .write =
            [this](std::vector<JournalRecord> records, std::move_only_function<void(Result<void>)> done) {
              store_.write_holds(std::move(records), std::move(done));
            },
        .listener = std::move(listener)});
    memory_ = holds.get();
    return holds;
  }
  auto holds = std::make_unique<RedisSeatHolds>(RedisSeatHolds::Dependencies{.options = dependencies_.options,
                                                                             .clock = dependencies_.clock,
                                                                             .redis = *dependencies_.redis,
                                                                             .instance = dependencies_.instance,
                                                                             .load_room = std::move(load_room),
                                                                             .listener = std::move(listener)});
  redis_ = holds.get();
  return holds;
}

std::unique_ptr<ClientClaims> Feature::create_claims() {
  if (!dependencies_.redis) return std::make_unique<LocalClientClaims>();
  return std::make_unique<RedisClientClaims>(*dependencies_.redis, dependencies_.bus);
}

std::shared_ptr<const net::WebSocketOptions> Feature::websocket_options() {
  auto options = std::make_shared<net::WebSocketOptions>(dependencies_.websocket);
  options->message_bytes_max = dependencies_.options.message_bytes_max;
  options->slow_consumers = &metrics_.slow_consumers;
  options->messages_in = &metrics_.messages_in;
  options->messages_out = &metrics_.messages_out;
  options->connections = &metrics_.connections;
  return options;
}

void Feature::start() {
  dependencies_.bus.subscribe(std::string{definitions_channel});
  if (dependencies_.redis) dependencies_.bus.subscribe(std::string{clients_channel});
  for (net::Shard* shard : dependencies_.shards) {
    tickers_.push_back(std::make_unique<net::Ticker>(shard->context().get_executor(), socket_tick,
                                                     [this, shard] { context_.sockets[shard->index()].tick(); }));
  }
  tickers_.push_back(std::make_unique<net::Ticker>(executor_, cleaning_interval, [this] {
    directory_.forget_unused();
    if (memory_) memory_->forget_idle_rooms();
  }));
  if (redis_) {
    tickers_.push_back(std::make_unique<net::Ticker>(executor_, RedisSeatHolds::lease_interval, [this] {
      spawn(executor_, redis_->renew_leases());
      spawn(executor_, claims_->renew());
    }));
  }
  for (const auto& ticker : tickers_) ticker->start();
  expiry_.start();
  if (memory_) spawn_later(executor_, take_up_rooms());
}

void Feature::stop() {
  boost::asio::post(executor_, [this] { expiry_.stop(); });
  for (const auto& ticker : tickers_) {
    boost::asio::post(ticker->executor(), [&ticker = *ticker] { ticker.stop(); });
  }
  if (memory_) memory_->wait_idle(journal_wait_max);
}

/// Holds that a former process journaled have to expire whether or not anybody asks for their room.
awaitable<void> Feature::take_up_rooms() {
  boost::asio::steady_timer timer{executor_};
  auto rooms = co_await store_.rooms_with_holds();
  while (!rooms) {
    timer.expires_after(retry_interval);
    co_await timer.async_wait(boost::asio::use_awaitable);
    rooms = co_await store_.rooms_with_holds();
  }
  for (const RoomId& room : *rooms) {
    if (!co_await holds_->load(room)) expiry_.add(room, holds_->now() + retry_interval);
  }
}

awaitable<void> Feature::expire(RoomId room) {
  if (!co_await service_.expire(room)) expiry_.add(room, holds_->now() + retry_interval);
}

void Feature::follow_room(const RoomId& room, bool follow) {
  if (!dependencies_.redis) return;  // a single instance hears of its own decisions from the journal
  if (follow) {
    dependencies_.bus.subscribe(room_channel(room));
  } else {
    dependencies_.bus.unsubscribe(room_channel(room));
  }
}

bool Feature::on_bus_message(std::string_view channel, std::string_view payload) {
  if (channel == definitions_channel) {
    directory_.invalidate(RoomId{std::string{payload}});
    return true;
  }
  if (channel == clients_channel) {
    claims_->on_message(payload, registry_);
    return true;
  }
  return redis_ && redis_->on_bus_message(channel, payload);
}

bool Feature::on_bus_gap(std::string_view channel) {
  if (channel == definitions_channel) {
    directory_.invalidate({});
    return true;
  }
  if (channel == clients_channel) return true;
  return redis_ && redis_->on_bus_gap(channel);
}

awaitable<Result<void>> Feature::create_demo_rooms() {
  for (const DemoRoom& demo : demo_rooms()) {
    auto known = co_await store_.definition(demo.room);
    if (!known) co_return fail(known);
    if (*known) continue;
    const WallTime now = dependencies_.clock.now();
    auto put = co_await store_.put_definition(demo.room, demo.definition, now);
    if (!put) co_return fail(put);
    auto sold = co_await store_.sell(demo.room, "demo", "demo", demo.sold, now);
    if (!sold) co_return fail(sold);
  }
  co_return Result<void>{};
}

awaitable<std::string> Feature::stats(bool with_rooms) {
  namespace json = boost::json;
  std::size_t rooms_with_members = 0;
  json::array rooms;
  for (const RoomRef& room : directory_.all()) {
    const std::uint32_t members = room->member_count;
    if (members == 0) continue;
    ++rooms_with_members;
    if (!with_rooms || rooms.size() >= stats_rooms_max) continue;
    json::object entry{{"room_id", room->id().value()}, {"members", members}};
    if (const auto snapshot = co_await holds_->snapshot(room->id())) {
      entry["holds"] = (*snapshot)->holds.size();
      entry["sold"] = (*snapshot)->sold.size();
    }
    rooms.push_back(std::move(entry));
  }
  json::object stats{
      {"connections", metrics_.connections.value()},
      {"long_polls", metrics_.long_polls.value()},
      {"rooms_with_members", rooms_with_members},
      {"totals",
       {{"joins", metrics_.joins.value()},
        {"messages_in", metrics_.messages_in.value()},
        {"messages_out", metrics_.messages_out.value()},
        {"seats_selected", metrics_.holds.value()},
        {"seats_sold", metrics_.sold.value()}}},
  };
  if (with_rooms) stats["rooms"] = std::move(rooms);
  co_return write_json(stats);
}

}  // namespace

std::span<const store::Migration> SeatsFeature::migrations() noexcept {
  return SeatsStore::migrations();
}

std::unique_ptr<SeatsFeature> create_seats(SeatsDependencies dependencies) {
  return std::make_unique<Feature>(std::move(dependencies));
}

}  // namespace pulso::seats
