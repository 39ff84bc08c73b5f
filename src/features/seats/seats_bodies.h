#pragma once
#include <span>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "features/seats/room_definition.h"
#include "features/seats/seat_rules.h"
#include "features/seats/seats_errors.h"

/// Bodies of HTTP requests and answers.
namespace pulso::seats {

/// Seats in one confirmation.
inline constexpr std::size_t confirm_seats_max = 100;

/// `{client_id?, user_info?}`, or nothing at all.
struct SeatBody {
  SeatId seat;
  std::string client_id;
  boost::json::object user_info;
};
[[nodiscard]] Outcome<SeatBody> parse_seat_body(std::string_view body, std::string_view seat_id);

/// `{client_id | user, seats: [...], reference, hold_ids?: [...]}`.
[[nodiscard]] Outcome<ConfirmSeats> parse_confirm_body(std::string_view body);

[[nodiscard]] std::string encode_confirmation(const RoomId& room, std::string_view reference,
                                              std::span<const SeatId> seats);
/// `{room_id, title?, seat_map, opens_at?, closes_at?}`; a null seat map for a room that nobody declared.
[[nodiscard]] std::string encode_room(const RoomId& room, const RoomDefinition* definition);
/// The same without the map, with the number of seats.
[[nodiscard]] std::string encode_room_summary(const RoomId& room, const RoomDefinition& definition);

}  // namespace pulso::seats
