#pragma once
#include <string>

#include <boost/json/object.hpp>

#include "features/tracks/track.h"
#include "features/tracks/track_urls.h"

namespace pulso::tracks {

/// A track as REST shows it to one user: `id`, `title`, `artist`, `album`, `duration` (seconds), `mimeType`, `audioUrl`
/// as in events, and `size` (bytes), `shared`, `addedAt`, `coverUrl` (null where there is none), `waveformUrl`.
[[nodiscard]] boost::json::object track_json(const Track& track, const TrackUrls& urls, const UserId& user,
                                             WallTime now);

}  // namespace pulso::tracks
