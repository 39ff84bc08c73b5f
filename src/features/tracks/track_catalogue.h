#pragma once
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/result.h"
#include "features/tracks/track.h"

namespace pulso::tracks {

/// What playback needs to know of the library. Thread-safe.
class TrackCatalogue {
 public:
  virtual ~TrackCatalogue() = default;
  /// The track when it is shared or `user`'s own, else nothing: another's track does not exist. An empty `user` sees
  /// what is shared. Fails with `Errc::unavailable`.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::optional<Track>>> find(TrackId track, UserId user) = 0;
  /// Where that user's media element gets the track for some hours without any other credential:
  /// `/api/tracks/stream/{id}?user=…&expires=…&signature=…`, with `server.server_url` in front where it is set. It
  /// opens only what `user` may hear.
  [[nodiscard]] virtual std::string audio_url(const TrackId& track, const UserId& user) const = 0;
};

}  // namespace pulso::tracks
