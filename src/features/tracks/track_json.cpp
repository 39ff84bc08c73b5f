#include "features/tracks/track_json.h"

namespace pulso::tracks {

boost::json::object track_json(const Track& track, const TrackUrls& urls, const UserId& user, WallTime now) {
  boost::json::object out{{"id", track.id.value()},
                          {"title", track.title},
                          {"artist", track.artist},
                          {"album", track.album},
                          {"duration", static_cast<double>(track.duration.count()) / 1000},
                          {"mimeType", track.mime_type},
                          {"audioUrl", urls.audio_url(track.id, user, now)},
                          {"size", track.size_bytes},
                          {"shared", track.is_shared()},
                          {"addedAt", format_time(track.added_at)},
                          {"coverUrl", nullptr},
                          {"waveformUrl", urls.waveform_url(track.id, user, now)}};
  if (!track.cover.empty()) out["coverUrl"] = urls.cover_url(track.id, user, now);
  return out;
}

}  // namespace pulso::tracks
