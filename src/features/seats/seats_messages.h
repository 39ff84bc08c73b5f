#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "features/seats/seat.h"
#include "features/seats/seats_errors.h"

/// The wire: JSON texts to typed messages and back. Unknown fields are ignored; a missing field, or one of the wrong
/// type, is `bad_message` and names it. Times are ISO 8601 in UTC.
namespace pulso::seats {

enum class MessageKind : std::uint8_t {
  auth,
  join_room,
  resume,
  leave_room,
  select_seat,
  release_seat,
  renew_seat,
  ping,
};

/// One message of a client. Only what its kind has is set.
struct ClientMessage {
  MessageKind kind = MessageKind::ping;
  RoomId room;
  SeatId seat;
  boost::json::object user_info;
  std::uint64_t offset = 0;
  std::string token;  ///< secret
};

/// Why a message was not understood, and what it was about as far as that could be read.
struct BadMessage {
  Refusal refusal;
  std::string room;
  std::string seat;
};

/// What came over a connection, understood or not: both are answered in their turn.
using IncomingMessage = std::expected<ClientMessage, BadMessage>;

/// Nesting of JSON in a client's message, in levels.
inline constexpr std::size_t json_depth_max = 8;

[[nodiscard]] IncomingMessage parse_message(std::string_view text);

/// `recovered` stands in answers to `resume` only.
[[nodiscard]] std::string encode_room_joined(const RoomId& room, std::string_view client_id, std::string_view session,
                                             std::uint64_t offset, std::optional<bool> recovered);
[[nodiscard]] std::string encode_room_left(const RoomId& room, std::string_view client_id);
[[nodiscard]] std::string encode_pong(WallTime now);
[[nodiscard]] std::string encode_error(const Refusal& refusal, std::string_view room, std::string_view seat);

/// `viewer` sees its own holds under its own name, and their `hold_id`.
[[nodiscard]] std::string encode_current_selections(const RoomId& room, const RoomSnapshot& snapshot,
                                                    const OwnerId* viewer);
/// `{room_id, selections, count, sold, version}` of `GET /room/{room_id}/selections`.
[[nodiscard]] std::string encode_selections_page(const RoomId& room, const RoomSnapshot& snapshot,
                                                 const OwnerId* viewer);

/// Who a change is encoded for: its owner gets its own name and `hold_id`.
enum class View : std::uint8_t { others, owner };
/// Without the offset where `change.offset` is 0.
[[nodiscard]] std::string encode_change(const RoomId& room, const SeatChange& change, View view);

/// The answer to a selection that changed nothing, or whose event is late.
[[nodiscard]] SeatChange change_of(EventKind kind, const Hold& hold);

}  // namespace pulso::seats
