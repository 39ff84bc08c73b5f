#include "features/tracks/tracks_errors.h"

#include <array>

#include "base/error_table.h"
#include "ops/log.h"

namespace pulso::tracks {
namespace {

using Entry = ErrorEntry<TracksErrc>;

constexpr ErrorTable entries{std::array{
    Entry{TracksErrc::bad_json, "bad_json", 400, "The body is not valid JSON."},
    Entry{TracksErrc::bad_message, "bad_message", 422, "A field is missing, or its value is not valid."},
    Entry{TracksErrc::unknown_track, "unknown_track", 404, "There is no such track."},
    Entry{TracksErrc::unknown_device, "unknown_device", 404, "There is no such device."},
    Entry{TracksErrc::nothing_playing, "nothing_playing", 409, "Nothing has been played yet."},
    Entry{TracksErrc::queue_end, "queue_end", 409, "The queue has no further track that way."},
    Entry{TracksErrc::queue_full, "queue_full", 409, "The queue is full."},
    Entry{TracksErrc::unauthorized, "unauthorized", 401, "A valid credential is needed."},
    Entry{TracksErrc::forbidden, "forbidden", 403, "The credential does not allow this."},
    Entry{TracksErrc::bad_form, "bad_form", 400, "The form can't be read, or it has no file."},
    Entry{TracksErrc::unsupported_audio, "unsupported_audio", 415, "The file is no audio that is supported."},
    Entry{TracksErrc::file_too_large, "file_too_large", 413, "The file is larger than allowed."},
    Entry{TracksErrc::no_cover, "no_cover", 404, "The track has no cover."},
    Entry{TracksErrc::rate_limited, "rate_limited", 429, "Too many messages; wait a moment."},
    Entry{TracksErrc::unavailable, "unavailable", 503, "The service is not available; try again."},
}};

}  // namespace

std::string_view wire_code(TracksErrc code) noexcept {
  return entries[code].wire;
}

int http_status(TracksErrc code) noexcept {
  return entries[code].status;
}

std::string_view message_text(TracksErrc code) noexcept {
  return entries[code].text;
}

std::unexpected<Refusal> refuse(const Error& error) {
  if (error.code == make_error_code(Errc::unauthorized)) return refuse(TracksErrc::unauthorized);
  if (error.code == make_error_code(Errc::forbidden)) return refuse(TracksErrc::forbidden);
  ops::log_warning("tracks", "an engine refused work", {{"error", error.message}});
  return refuse(TracksErrc::unavailable);
}

}  // namespace pulso::tracks
