#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/audit_log.h"
#include "auth/authenticator.h"
#include "base/clock.h"
#include "base/ids.h"
#include "bus/bus.h"
#include "bus/redis_client.h"
#include "features/seats/seats_options.h"
#include "net/http_router.h"
#include "net/shard.h"
#include "ops/metrics.h"
#include "realtime/hub.h"
#include "store/database.h"
#include "store/migrations.h"

namespace pulso::seats {

/// What the feature stands on. Everything outlives it.
struct SeatsDependencies {
  SeatsOptions options;
  const Clock& clock;
  std::vector<net::Shard*> shards;
  realtime::Hub& hub;
  store::Database& database;
  auth::Authenticator& authenticator;
  auth::AuditLog* audit = nullptr;  ///< may be null
  bus::Bus& bus;
  bus::RedisClient* redis = nullptr;  ///< null: a single instance, its live state in memory and in the journal
  ops::Metrics& metrics;
  InstanceId instance;
  /// Bounds of the WebSocket side; metrics and the message size are filled in by the feature.
  net::WebSocketOptions websocket;
};

/// Live seat selection: routes, live state and their clockwork.
///
/// Order of a life: `migrations`, `add_routes`, `start`, shards run, `begin_drain`, `stop`, shards stop, destroyed.
class SeatsFeature {
 public:
  virtual ~SeatsFeature() = default;
  [[nodiscard]] static std::span<const store::Migration> migrations() noexcept;

  virtual void add_routes(net::Router& router) = 0;
  /// Begins to look after connections and expiry; what a former process left is taken up again.
  virtual void start() = 0;
  /// Ends waiting polls; connections are the server's to close.
  virtual void begin_drain() = 0;
  /// While the shards still run, not on one of their threads: ends the clockwork and lets the journal finish.
  virtual void stop() = 0;

  /// From the bus's listener. False when the channel is another feature's.
  virtual bool on_bus_message(std::string_view channel, std::string_view payload) = 0;
  virtual bool on_bus_gap(std::string_view channel) = 0;

  /// Declares the demonstration's rooms where they are not there yet.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> create_demo_rooms() = 0;
  /// A JSON object: connections and totals, and with `with_rooms` the rooms that have members here.
  [[nodiscard]] virtual boost::asio::awaitable<std::string> stats(bool with_rooms) = 0;
};

[[nodiscard]] std::unique_ptr<SeatsFeature> create_seats(SeatsDependencies dependencies);

}  // namespace pulso::seats
