#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace pulso::seats {

/// Why something about seats was refused. The names on the wire are stable: `wire_code`.
enum class SeatsErrc : std::uint8_t {
  bad_json = 1,
  bad_message,  ///< JSON of the wrong shape; `Refusal::field` names what is missing or wrong
  unknown_type,
  not_in_room,
  not_owner,   ///< the seat is free, or held by somebody else
  seat_taken,  ///< `Refusal::expires_at` says until when
  seat_sold,
  seat_blocked,
  unknown_seat,
  unknown_room,
  room_closed,
  seat_limit,
  room_limit,
  renew_limit,
  forbidden,
  unavailable,  ///< nothing was changed, and nothing will be on behalf of this request
  rate_limited,
  unauthorized,
  conflict,   ///< HTTP only: the reference was used for other seats
  not_found,  ///< HTTP only: the seat is not sold
};

/// The `code` of an `error` message and of an HTTP refusal.
[[nodiscard]] std::string_view wire_code(SeatsErrc code) noexcept;
/// The other way round; nothing for what is no code.
[[nodiscard]] std::optional<SeatsErrc> errc_of(std::string_view wire) noexcept;
/// The HTTP status that goes with it.
[[nodiscard]] int http_status(SeatsErrc code) noexcept;
/// A sentence for people, in Spanish as the seed's texts are.
[[nodiscard]] std::string_view message_text(SeatsErrc code) noexcept;

/// An expected failure of this feature: an `Error` that also says what it refers to.
struct Refusal {
  SeatsErrc code = SeatsErrc::unavailable;
  std::string field;                   ///< of the message or body, for `bad_message`
  std::optional<WallTime> expires_at;  ///< of the hold that is in the way
  std::string seat;                    ///< which of several seats, when the request named more than one
};

template <class T = void>
using Outcome = std::expected<T, Refusal>;

[[nodiscard]] inline std::unexpected<Refusal> refuse(SeatsErrc code, std::string field = {}) {
  return std::unexpected{Refusal{.code = code, .field = std::move(field), .expires_at = {}, .seat = {}}};
}
/// An engine's failure as clients see it; the detail goes to the log.
[[nodiscard]] std::unexpected<Refusal> refuse(const Error& error);

}  // namespace pulso::seats
