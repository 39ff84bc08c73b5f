#pragma once
#include <string>
#include <vector>

#include "features/seats/seat.h"

namespace pulso::seats {

/// A room to look at in a demonstration.
struct DemoRoom {
  RoomId room;
  std::string definition;    ///< as `PUT /room/{room_id}` takes it
  std::vector<SeatId> sold;  ///< from the beginning
};

/// Three halls, the first with 300 seats. The same each time.
[[nodiscard]] std::vector<DemoRoom> demo_rooms();

}  // namespace pulso::seats
