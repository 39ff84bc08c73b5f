#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/authenticator.h"
#include "base/clock.h"
#include "bus/redis_client.h"
#include "net/http_router.h"
#include "ops/metrics.h"
#include "store/database.h"

namespace pulso::app {

/// What the routes that belong to no feature look at. Everything outlives the router.
struct CoreRoutesDependencies {
  auth::Authenticator& authenticator;
  store::Database& database;
  const bus::RedisClient* redis;  ///< null where none is configured
  ops::Metrics& metrics;
  const Clock& clock;
  SteadyTime started_at;
  std::string version;
  std::function<std::size_t()> connection_count;
  std::function<bool()> is_draining;
  /// Name and figures (a JSON object) of each feature; `detailed` when the asker may see more than totals.
  std::vector<std::pair<std::string, std::function<boost::asio::awaitable<std::string>(bool detailed)>>> feature_stats;
};

/// Adds `GET /health` (alive, and whether Redis is `connected`, `disabled` or `unreachable`), `/ready` (503 while an
/// engine is away or the server drains), `/stats` (totals for everybody, details with scope `stats:read` or role
/// `admin`) and `/metrics` (Prometheus text; scope `metrics:read` or role `admin`).
void add_core_routes(net::Router& router, CoreRoutesDependencies dependencies);

/// `/metrics` without a credential, for a listener of its own that only the collector reaches.
void add_open_metrics_route(net::Router& router, ops::Metrics& metrics);

}  // namespace pulso::app
