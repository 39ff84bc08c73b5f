#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <utility>

#include "realtime/socketio.h"
#include "realtime/socketio_connection.h"
#include "realtime/socketio_fan_out.h"
#include "realtime/socketio_namespace.h"
#include "realtime/socketio_shared_state.h"

namespace pulso::realtime {
namespace {

/// Namespaces that clients have made; one more is refused.
constexpr std::size_t dynamic_namespaces_max = 10'000;
/// What features ask of a first request; keeping every field would cost more than all else of an idle connection.
constexpr std::array<std::string_view, 6> kept_headers{"Authorization", "X-API-Key",  "Cookie",
                                                       "Origin",        "User-Agent", "Accept-Language"};

SocketioHandshake handshake_of(const net::HttpRequest& request) {
  SocketioHandshake handshake{
      .query = request.query, .headers = {}, .remote_address = request.remote_address, .secure = request.secure};
  for (const std::string_view name : kept_headers) {
    if (const auto value = request.headers.get(name); !value.empty()) {
      handshake.headers.add(std::string{name}, std::string{value});
    }
  }
  return handshake;
}

class Server final : public SocketioServer {
 public:
  explicit Server(SocketioDependencies dependencies)
      : options_(dependencies.options),
        shards_(std::move(dependencies.shards)),
        state_(dependencies.redis
                   ? std::make_unique<SocketioSharedState>(*dependencies.redis, options_, dependencies.metrics)
                   : nullptr),
        fan_out_(state_ ? std::make_unique<SocketioFanOut>(
                              dependencies.bus, *state_, dependencies.instance, *shards_.front(),
                              [this](std::string_view name, SocketioDraft draft, LogPosition position,
                                     SocketioAnswers::Done gathered) {
                                deliver(name, std::move(draft), position, std::move(gathered));
                              })
                        : nullptr),
        context_{.options = options_,
                 .clock = dependencies.clock,
                 .shards = shards_,
                 .fan_out = fan_out_.get(),
                 .state = state_.get(),
                 .counters = counters(dependencies.metrics),
                 .recoveries = dependencies.metrics.counter("pulso_socketio_recoveries_total",
                                                            "Connections that went on where they were lost"),
                 .excess_messages = dependencies.metrics.counter("pulso_socketio_excess_messages_total",
                                                                 "Packets over the rate of one connection"),
                 .excess_closes = dependencies.metrics.counter("pulso_socketio_excess_closes_total",
                                                               "Connections closed because they sent far too much"),
                 .refused_joins = dependencies.metrics.counter("pulso_socketio_refused_joins_total",
                                                               "Joins past the rooms that one socket may be in")},
        find_namespace_([this](std::string_view name) { return find(name); }) {
    net::EngineioOptions engineio = options_.engineio;
    engineio.sessions = &dependencies.metrics.gauge("pulso_connections", "Live connections.",
                                                    {{"system", "socketio"}, {"transport", "engineio"}});
    engineio.slow_consumers = &dependencies.metrics.counter(
        "pulso_slow_consumers_total", "Connections closed because they did not read.", {{"system", "socketio"}});
    engineio_ = net::create_engineio_server(
        shards_, engineio,
        [this](net::HttpRequest& request)
            -> boost::asio::awaitable<std::expected<std::unique_ptr<net::EngineioListener>, net::HttpResponse>> {
          co_return std::make_unique<SocketioConnection>(context_, find_namespace_, handshake_of(request));
        });
  }

  SocketioNamespace& of(std::string_view name) override { return get(std::string{name}); }

  void add_dynamic(std::function<bool(std::string_view)> matches,
                   std::function<void(SocketioNamespace&)> setup) override {
    dynamic_.push_back({std::move(matches), std::move(setup)});
  }

  void add_routes(net::Router& router, const std::string& path) override {
    if (fan_out_) fan_out_->start();
    engineio_->add_routes(router, path);
  }
  void begin_drain() override { engineio_->begin_drain(); }

  bool on_bus_message(std::string_view channel, std::string_view payload) override {
    return fan_out_ && fan_out_->on_bus_message(channel, payload);
  }
  bool on_bus_gap(std::string_view channel) override { return fan_out_ && fan_out_->on_bus_gap(channel); }

 private:
  struct Dynamic {
    std::function<bool(std::string_view)> matches;
    std::function<void(SocketioNamespace&)> setup;
  };

  static SocketioRooms::Counters counters(ops::Metrics& metrics) {
    return {
        .fan_out_seconds = &metrics.histogram("pulso_fanout_seconds", "From publishing to the last member of a shard"),
        .delivered = &metrics.counter("pulso_messages_out_total", "Messages to clients.", {{"system", "socketio"}}),
        .dropped = &metrics.counter("pulso_socketio_dropped_total", "Publications that a shard had no room for")};
  }

  LocalNamespace& get(const std::string& name) {
    const std::lock_guard lock{mutex_};
    auto& found = namespaces_[name];
    if (!found) found = std::make_unique<LocalNamespace>(context_, name);
    return *found;
  }

  LocalNamespace* find(std::string_view name) {
    const std::lock_guard lock{mutex_};
    if (const auto found = namespaces_.find(name); found != namespaces_.end()) return found->second.get();
    const auto dynamic = std::ranges::find_if(dynamic_, [&](const Dynamic& kind) { return kind.matches(name); });
    if (dynamic == dynamic_.end() || namespaces_.size() >= dynamic_namespaces_max) return nullptr;
    auto made = std::make_unique<LocalNamespace>(context_, std::string{name});
    dynamic->setup(*made);
    return namespaces_.emplace(std::string{name}, std::move(made)).first->second.get();
  }

  void deliver(std::string_view name, SocketioDraft draft, LogPosition position, SocketioAnswers::Done gathered) {
    LocalNamespace* name_space = nullptr;
    {
      const std::lock_guard lock{mutex_};
      const auto found = namespaces_.find(name);
      if (found != namespaces_.end()) name_space = found->second.get();
    }
    if (name_space) {
      name_space->deliver(std::move(draft), position, std::move(gathered));
    } else if (gathered) {
      gathered({}, true);
    }
  }

  const SocketioOptions options_;
  const std::vector<net::Shard*> shards_;
  std::unique_ptr<SocketioSharedState> state_;
  std::unique_ptr<SocketioFanOut> fan_out_;
  SocketioContext context_;
  const FindNamespace find_namespace_;
  std::vector<Dynamic> dynamic_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<LocalNamespace>, std::less<>> namespaces_;  // under mutex_; never removed
  std::unique_ptr<net::EngineioServer> engineio_;
};

}  // namespace

std::unique_ptr<SocketioServer> create_socketio_server(SocketioDependencies dependencies) {
  return std::make_unique<Server>(std::move(dependencies));
}

}  // namespace pulso::realtime
