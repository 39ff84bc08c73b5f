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
#include "features/events/events_options.h"
#include "net/http_router.h"
#include "net/shard.h"
#include "ops/metrics.h"
#include "store/database.h"
#include "store/migrations.h"

namespace pulso::events {

/// What the feature stands on. Everything outlives it.
struct EventsDependencies {
  EventsOptions options;
  const Clock& clock;
  std::vector<net::Shard*> shards;
  store::Database& database;
  auth::Authenticator& authenticator;
  auth::AuditLog* audit = nullptr;  ///< may be null
  bus::Bus& bus;
  bus::RedisClient* redis = nullptr;  ///< null: a single instance
  ops::Metrics& metrics;
  InstanceId instance;
};

/// Events of accounts, streamed and kept.
///
/// Order of a life: `migrations`, `create_events`, `add_routes`, `start`, shards run, `stop`, shards stop, `detach`,
/// destroyed.
class EventsFeature {
 public:
  virtual ~EventsFeature() = default;
  [[nodiscard]] static std::span<const store::Migration> migrations() noexcept;

  virtual void add_routes(net::Router& router) = 0;
  virtual void start() = 0;
  /// While the shards still run, not on one of their threads.
  virtual void stop() = 0;
  /// When the shards have stopped: what is still open is let go of unheard.
  virtual void detach() = 0;

  /// A message, or a gap, of a channel; on the bus's thread. False: it is none of this feature's.
  [[nodiscard]] virtual bool on_bus_message(std::string_view channel) = 0;

  /// A JSON object of totals.
  [[nodiscard]] virtual boost::asio::awaitable<std::string> stats() = 0;
};

[[nodiscard]] std::unique_ptr<EventsFeature> create_events(EventsDependencies dependencies);

}  // namespace pulso::events
