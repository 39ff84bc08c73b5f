#pragma once
#include <cstddef>

#include "features/seats/seat.h"
#include "realtime/hub.h"

namespace pulso::seats {

/// A message that is at least this long is also sent deflated.
inline constexpr std::size_t deflate_threshold_bytes = 1024;

/// What members of a room get from the hub: one change, or the whole state where changes were lost on the way.
struct SeatEvent final : realtime::TopicEvent {
  SeatChange change;
  std::size_t owner_hash = 0;  ///< of `change.owner`: cheap to compare for every member
  RoomSnapshotRef snapshot;    ///< instead of `change`
};

}  // namespace pulso::seats
