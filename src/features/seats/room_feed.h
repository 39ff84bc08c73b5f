#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "features/seats/room.h"
#include "features/seats/room_directory.h"
#include "features/seats/seat_holds.h"
#include "realtime/hub.h"

namespace pulso::seats {

/// Brings each room's changes to its members here: in order, without gaps, each once. What is missing is asked for from
/// the room's log; where the log no longer has it, members get the whole state instead.
class RoomFeed {
 public:
  /// Follows or leaves the channel on which other instances announce a room's changes.
  using Follow = std::function<void(const RoomId&, bool follow)>;
  /// Changes held back for one room while a gap is being filled; past it they are dropped and asked for again.
  static constexpr std::size_t waiting_max = 1000;

  RoomFeed(realtime::Hub& hub, RoomDirectory& directory, SeatHolds& holds, boost::asio::any_io_executor executor,
           Follow follow);

  /// A connection or poll has come or gone. Any thread.
  void add_member(const RoomRef& room);
  void remove_member(const RoomRef& room);
  /// The members know the state of `offset`: what follows is theirs. After each join.
  void start(const RoomRef& room, std::uint64_t offset);

  /// Any thread, one call at a time for one room.
  void on_changes(const RoomId& id, std::vector<SeatChange> changes);
  void on_gap(const RoomId& id);

 private:
  void reconcile(const RoomRef& room);
  void advance(const RoomRef& room);
  void publish(const Room& room, std::vector<SeatChange> changes);
  boost::asio::awaitable<void> recover(RoomRef room);
  [[nodiscard]] boost::asio::awaitable<bool> fetch_missing(RoomRef room);

  realtime::Hub& hub_;
  RoomDirectory& directory_;
  SeatHolds& holds_;
  boost::asio::any_io_executor executor_;
  Follow follow_;
};

}  // namespace pulso::seats
