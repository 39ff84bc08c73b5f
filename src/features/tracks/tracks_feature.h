#pragma once
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/audit_log.h"
#include "auth/authenticator.h"
#include "auth/media_cookie.h"
#include "base/clock.h"
#include "bus/redis_client.h"
#include "features/tracks/playback_socket.h"
#include "features/tracks/tracks_options.h"
#include "net/http_router.h"
#include "net/shard.h"
#include "ops/metrics.h"
#include "realtime/socketio.h"
#include "store/database.h"
#include "store/migrations.h"

namespace pulso::tracks {

/// What the feature stands on. Everything outlives it.
struct TracksDependencies {
  TracksOptions options;
  const Clock& clock;
  std::vector<net::Shard*> shards;
  store::Database& database;
  auth::Authenticator& authenticator;
  const auth::MediaCookie& media_cookie;
  auth::AuditLog* audit = nullptr;    ///< may be null
  bus::RedisClient* redis = nullptr;  ///< null: a single instance, its live state in memory and in the database
  ops::Metrics& metrics;
  std::string secret;  ///< that the key of signed URLs is derived from
  realtime::SocketioNamespace& name_space;
  PlaybackSocket::PrincipalOf principal_of;
};

/// Personal audio: a library, and playback that follows its user from device to device.
///
/// Order of a life: `migrations`, `create_tracks`, `add_routes`, `start`, shards run, `stop`, shards stop, destroyed.
class TracksFeature {
 public:
  virtual ~TracksFeature() = default;
  [[nodiscard]] static std::vector<store::Migration> migrations();

  virtual void add_routes(net::Router& router) = 0;
  virtual void start() = 0;
  /// While the shards still run, not on one of their threads: ends the clockwork and finishes what is being written.
  virtual void stop() = 0;

  /// Puts the demonstration's tracks into the library where they are not there yet. Not on a shard's thread.
  [[nodiscard]] virtual Result<void> import_demo() = 0;
  /// A JSON object of totals.
  [[nodiscard]] virtual boost::asio::awaitable<std::string> stats() = 0;
};

/// Fails where the media folder can't be used.
[[nodiscard]] Result<std::unique_ptr<TracksFeature>> create_tracks(TracksDependencies dependencies);

}  // namespace pulso::tracks
