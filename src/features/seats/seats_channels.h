#pragma once
#include <string>
#include <string_view>

#include "features/seats/seat.h"

namespace pulso::seats {

/// Bus: the id of a room whose definition has been put anew.
inline constexpr std::string_view definitions_channel = "pulso:seats:definitions";
/// Bus: `<connection id> <client id> <owner>` of a connection that replaces older ones of its owner.
inline constexpr std::string_view clients_channel = "pulso:seats:clients";

/// Where scripts announce a room's changes; the braces put it beside the room's keys in a cluster.
[[nodiscard]] inline std::string room_channel(const RoomId& room) {
  return "pulso:{" + room.value() + "}:events";
}

/// The room of such a channel, or empty.
[[nodiscard]] inline RoomId room_of_channel(std::string_view channel) {
  constexpr std::string_view head = "pulso:{";
  constexpr std::string_view tail = "}:events";
  if (!channel.starts_with(head) || !channel.ends_with(tail) || channel.size() <= head.size() + tail.size()) return {};
  return RoomId{std::string{channel.substr(head.size(), channel.size() - head.size() - tail.size())}};
}

}  // namespace pulso::seats
