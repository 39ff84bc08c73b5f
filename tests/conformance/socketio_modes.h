#pragma once
#include <memory>
#include <optional>

#include "base/clock.h"
#include "bus/bus.h"
#include "net/shard.h"
#include "ops/metrics.h"
#include "realtime/socketio.h"

namespace pulso::conformance {

struct SocketioParts {
  const Clock& clock;
  std::vector<net::Shard*> shards;
  bus::Bus& bus;
  bus::RedisClient* redis = nullptr;
  ops::Metrics& metrics;
  bool is_patient = false;  ///< the protocol's own default times instead of a mode's short ones
  /// Others than the mode's, where a busy machine must not decide.
  std::optional<milliseconds> ping_timeout = {};
  std::optional<milliseconds> recovery_window = {};
  bool greets = true;  ///< `auth` on `/`
};

/// What the protocols' official suites expect of a server.
[[nodiscard]] std::unique_ptr<realtime::SocketioServer> create_socketio_suite(const SocketioParts& parts);
/// The same with what an application does: rooms, acknowledgements, recovery, refusals.
[[nodiscard]] std::unique_ptr<realtime::SocketioServer> create_socketio_app(const SocketioParts& parts);

}  // namespace pulso::conformance
