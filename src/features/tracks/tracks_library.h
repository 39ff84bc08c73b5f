#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "auth/audit_log.h"
#include "auth/authenticator.h"
#include "auth/media_cookie.h"
#include "base/clock.h"
#include "features/tracks/library_options.h"
#include "features/tracks/track_catalogue.h"
#include "net/http_router.h"
#include "ops/metrics.h"
#include "store/database.h"
#include "store/migrations.h"

namespace pulso::tracks {

/// What the library stands on. Everything outlives it.
struct LibraryDependencies {
  LibraryOptions options;
  const Clock& clock;
  store::Database& database;
  auth::Authenticator& authenticator;
  const auth::MediaCookie& media_cookie;
  auth::AuditLog* audit = nullptr;  ///< may be null
  ops::Metrics& metrics;
  std::string secret;  ///< that the key of signed URLs is derived from
};

/// The tracks themselves: what there is, getting more of it, and the bytes of it.
///
/// Order of a life: `migrations`, `create_tracks_library`, `add_routes`, shards run, `stop`, shards stop, destroyed.
class TracksLibrary : public TrackCatalogue {
 public:
  [[nodiscard]] static std::span<const store::Migration> migrations() noexcept;

  virtual void add_routes(net::Router& router) = 0;
  /// Set before the shards run; called when a track is gone, on any shard's thread.
  virtual void on_removed(std::function<void(const Track& track)> handler) = 0;
  /// Puts the demonstration's tracks, which everybody may hear, into the library where they are not there yet. Waits
  /// for files and the database: not on a shard's thread. Gives how many are new.
  [[nodiscard]] virtual Result<std::size_t> import_demo() = 0;
  /// While the shards still run, not on one of their threads: lets the upload in work finish and refuses the rest.
  virtual void stop() = 0;
};

/// Makes the media folder where it is missing; fails naming `tracks.media_dir` where it can't be used.
[[nodiscard]] Result<std::unique_ptr<TracksLibrary>> create_tracks_library(LibraryDependencies dependencies);

}  // namespace pulso::tracks
