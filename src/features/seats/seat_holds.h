#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "features/seats/seat.h"
#include "features/seats/seat_rules.h"
#include "features/seats/seats_errors.h"

namespace pulso::seats {

/// What a room's last durable state was: where live state starts from.
struct DurableRoom {
  std::vector<SoldSeat> sold;
  std::vector<Hold> holds;  ///< journaled by a single instance; empty where Redis keeps them
};
using LoadRoom = std::function<boost::asio::awaitable<Result<DurableRoom>>(RoomId)>;

/// The answer to a join: either what was missed since the offset that the client named, or the whole state.
struct JoinAnswer {
  std::string display_name;
  std::uint64_t offset = 0;
  std::vector<SeatChange> missed;
  RoomSnapshotRef snapshot;  ///< null when `missed` is all that is needed
};

struct ExpiryAnswer {
  std::vector<Hold> unverified;  ///< confirmations that only the database can settle
};

/// Who holds what, live. Each method is one atomic decision over all instances; what it changed has been made durable
/// and is being announced when it answers. Thread-safe; decisions issued one after the other by one thread are made in
/// that order, without waiting for each other's answers. `SeatsErrc::unavailable` means that nothing was changed and
/// nothing will be, unless an answer was lost on the way: then the change is announced to everyone like any other.
class SeatHolds {
 public:
  /// Told of what happens to rooms, on any thread, one call at a time for one room.
  struct Listener {
    /// Committed changes in order, whoever made them.
    std::function<void(const RoomId&, std::vector<SeatChange>)> on_changes;
    /// Changes may have been lost on the way: ask `changes_since`.
    std::function<void(const RoomId&)> on_gap;
    /// Something falls due then: call `expire`.
    std::function<void(const RoomId&, WallTime)> on_due;
  };

  virtual ~SeatHolds() = default;

  /// Brings a room's durable state into live state where it is not there yet, so that no later decision has to.
  [[nodiscard]] virtual boost::asio::awaitable<Outcome<>> load(RoomId room) = 0;
  [[nodiscard]] virtual boost::asio::awaitable<Outcome<JoinAnswer>> join(RoomId room, Caller caller,
                                                                         std::optional<std::uint64_t> since) = 0;
  [[nodiscard]] virtual boost::asio::awaitable<Outcome<>> leave(RoomId room, OwnerId owner,
                                                                std::uint64_t connection) = 0;
  [[nodiscard]] virtual boost::asio::awaitable<Outcome<HoldAnswer>> select(RoomId room, Caller caller,
                                                                           SelectSeat command) = 0;
  /// Answers with the offset of the release.
  [[nodiscard]] virtual boost::asio::awaitable<Outcome<std::uint64_t>> release(RoomId room, Caller caller,
                                                                               SeatId seat) = 0;
  [[nodiscard]] virtual boost::asio::awaitable<Outcome<HoldAnswer>> renew(RoomId room, Caller caller, SeatId seat) = 0;

  [[nodiscard]] virtual boost::asio::awaitable<Outcome<std::vector<Hold>>> begin_confirm(RoomId room,
                                                                                         ConfirmSeats command) = 0;
  [[nodiscard]] virtual boost::asio::awaitable<Outcome<>> finish_confirm(RoomId room, std::vector<SoldSeat> sold) = 0;
  [[nodiscard]] virtual boost::asio::awaitable<Outcome<>> abort_confirm(RoomId room, std::string reference) = 0;
  [[nodiscard]] virtual boost::asio::awaitable<Outcome<>> unsell(RoomId room, SeatId seat) = 0;

  [[nodiscard]] virtual boost::asio::awaitable<Outcome<RoomSnapshotRef>> snapshot(RoomId room) = 0;
  /// Every change after `offset`, or nothing when the log no longer has them all.
  [[nodiscard]] virtual boost::asio::awaitable<Outcome<std::optional<std::vector<SeatChange>>>> changes_since(
      RoomId room, std::uint64_t offset) = 0;
  /// Releases what is due now.
  [[nodiscard]] virtual boost::asio::awaitable<Outcome<ExpiryAnswer>> expire(RoomId room) = 0;

  /// The time by which holds expire, as well as this instance knows it.
  [[nodiscard]] virtual WallTime now() const = 0;
};

}  // namespace pulso::seats
