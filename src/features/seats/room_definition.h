#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "auth/principal.h"
#include "base/clock.h"
#include "features/seats/seat.h"
#include "features/seats/seats_errors.h"

namespace pulso::seats {

/// Bounds of a declared room.
inline constexpr std::size_t room_seats_max = 20'000;
inline constexpr std::size_t room_title_bytes_max = 200;
inline constexpr std::size_t access_entries_max = 10'000;

/// What `PUT /room/{room_id}` declares: `{title?, seat_map?: {rows: [{row, seats: [{seat_id, x?, category?, blocked?} |
/// null]}], categories?: {name: {label, price, color}}}, opens_at?, closes_at?, access?: {users?: [sub], roles?:
/// [role]}}`. Immutable.
struct RoomDefinition {
  std::string text;         ///< the whole definition, as it is stored
  std::string public_text;  ///< the same without `access`, for everyone
  bool has_seat_map = false;
  std::unordered_map<SeatId, bool> seats;  ///< with a seat map: each seat, and whether it is blocked
  std::optional<WallTime> opens_at;
  std::optional<WallTime> closes_at;
  bool is_restricted = false;  ///< only those named below
  std::vector<std::string> users;
  std::vector<std::string> roles;

  [[nodiscard]] bool admits(const auth::Principal& principal) const noexcept;
  [[nodiscard]] bool is_open(WallTime now) const noexcept;
  /// `unknown_seat` or `seat_blocked` where the seat can't be had.
  [[nodiscard]] Outcome<> check_seat(const SeatId& seat) const;
};
using RoomDefinitionRef = std::shared_ptr<const RoomDefinition>;

/// Reads a definition; `bad_json`, or `bad_message` with the field that is wrong (`seat_map.rows`).
[[nodiscard]] Outcome<RoomDefinitionRef> parse_room_definition(std::string_view text);

}  // namespace pulso::seats
