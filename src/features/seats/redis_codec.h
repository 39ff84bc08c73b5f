#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>

#include "bus/redis_reply.h"
#include "features/seats/seat.h"

/// The JSON that scripts keep and publish. Internal between instances: unknown fields are ignored, so that instances of
/// two versions can run side by side.
namespace pulso::seats {

[[nodiscard]] std::optional<SeatChange> parse_change(std::string_view text);
[[nodiscard]] std::optional<Hold> parse_hold(std::string_view seat, std::string_view text);
/// `{seat, hold}`.
[[nodiscard]] std::optional<Hold> parse_seat_and_hold(std::string_view text);
/// What cannot be read is left out, and logged.
[[nodiscard]] std::vector<SeatChange> parse_changes(const bus::RedisReply& texts);
[[nodiscard]] std::vector<Hold> parse_seats_and_holds(const bus::RedisReply& texts);
/// From the two HGETALL replies.
[[nodiscard]] RoomSnapshotRef parse_snapshot(std::uint64_t offset, const bus::RedisReply& holds,
                                             const bus::RedisReply& sold);
[[nodiscard]] boost::json::array encode_sold(const std::vector<SoldSeat>& sold);

}  // namespace pulso::seats
