#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"

namespace pulso::seats {

using RoomId = StrongId<struct RoomTag>;
using SeatId = StrongId<struct SeatTag>;
/// Whose a hold is: `user:<sub>` of an authenticated user, else `s:<hash of the connection's secret>`. Never on
/// the wire.
using OwnerId = StrongId<struct OwnerTag>;

/// The connection and the message that made something happen, so that this connection knows its own answer among the
/// room's events. `connection` is random, so that two instances never share one; 0 means none.
struct Origin {
  std::uint64_t connection = 0;
  std::uint32_t command = 0;
  friend bool operator==(const Origin&, const Origin&) = default;
};

/// A seat that somebody has for a while.
struct Hold {
  SeatId seat;
  OwnerId owner;
  std::string client_id;     ///< as the owner calls itself
  std::string display_name;  ///< as others see it: the same, or `id~2` for a second owner of that id in the room
  std::string user_info;     ///< JSON object, cleaned, only what others may see
  std::string hold_id;       ///< fencing token: another one each time the seat is taken anew
  WallTime selected_at;
  WallTime expires_at;
  std::uint32_t renewals = 0;
  /// While a shop's confirmation is under way: until when the hold can't lapse, and under which reference.
  std::optional<WallTime> confirming_until;
  std::string reference;
};

struct SoldSeat {
  SeatId seat;
  std::string client_id;  ///< display name of the buyer
  std::string reference;  ///< the shop's order
  WallTime sold_at;
};

enum class EventKind : std::uint8_t { selected, released, renewed, sold, unsold };
enum class ReleaseReason : std::uint8_t { asked, expired, disconnected };

/// One change of a room, as it is logged, published to all instances and shown to members. Each takes the room's next
/// offset.
struct SeatChange {
  EventKind kind = EventKind::selected;
  std::uint64_t offset = 0;
  std::vector<SeatId> seats;  ///< one; several only for `sold`
  OwnerId owner;
  std::string client_id;
  std::string display_name;
  std::string user_info;
  std::string hold_id;
  std::string reference;
  WallTime at;
  std::optional<WallTime> expires_at;
  ReleaseReason reason = ReleaseReason::asked;
  Origin origin;
};

/// A room at one offset. Immutable and shared.
struct RoomSnapshot {
  std::uint64_t offset = 0;
  std::vector<Hold> holds;     ///< by seat id
  std::vector<SoldSeat> sold;  ///< by seat id
};
using RoomSnapshotRef = std::shared_ptr<const RoomSnapshot>;

}  // namespace pulso::seats
