#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pulso::tracks {

/// Why something about tracks was refused. The names on the wire are stable: `wire_code`.
enum class TracksErrc : std::uint8_t {
  bad_json = 1,   ///< HTTP only
  bad_message,    ///< the wrong shape; `Refusal::field` names what is missing or wrong
  unknown_track,  ///< there is none, or it is another user's
  unknown_device,
  nothing_playing,  ///< nothing has been played yet
  queue_end,        ///< there is no next or previous track
  queue_full,
  unauthorized,
  forbidden,          ///< the credential is no user's, or lacks the scope
  bad_form,           ///< HTTP only: the uploaded form can't be read, or has no file
  unsupported_audio,  ///< HTTP only: the uploaded file is, by its content, no audio that is taken
  file_too_large,     ///< HTTP only: `tracks.upload_bytes`
  no_cover,           ///< HTTP only
  rate_limited,
  unavailable,  ///< nothing was changed
};

/// The `code` of an `error` event, a refused acknowledgement and an HTTP refusal.
[[nodiscard]] std::string_view wire_code(TracksErrc code) noexcept;
/// The HTTP status that goes with it.
[[nodiscard]] int http_status(TracksErrc code) noexcept;
/// A sentence for people.
[[nodiscard]] std::string_view message_text(TracksErrc code) noexcept;

/// An expected failure of this feature.
struct Refusal {
  TracksErrc code = TracksErrc::unavailable;
  std::string field;  ///< of the message or body, for `bad_message`
};

template <class T = void>
using Outcome = std::expected<T, Refusal>;

[[nodiscard]] inline std::unexpected<Refusal> refuse(TracksErrc code, std::string field = {}) {
  return std::unexpected{Refusal{.code = code, .field = std::move(field)}};
}
/// An engine's failure as clients see it; the detail goes to the log.
[[nodiscard]] std::unexpected<Refusal> refuse(const Error& error);

}  // namespace pulso::tracks
