#pragma once
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.h"
#include "features/seats/seat_holds.h"
#include "features/seats/seats_journal.h"

namespace pulso::seats {

/// `SeatHolds` of a single instance: decisions under one lock per room, in memory, made durable by the journal before
/// anyone hears of them. A room is read from the database on first use and forgotten when nothing is left in it.
class MemorySeatHolds final : public SeatHolds {
 public:
  struct Dependencies {
    const SeatsOptions& options;
    const Clock& clock;
    boost::asio::any_io_executor executor;
    LoadRoom load_room;
    SeatsJournal::Write write;
    Listener listener;
  };

  explicit MemorySeatHolds(Dependencies dependencies);
  ~MemorySeatHolds() override;

  boost::asio::awaitable<Outcome<>> load(RoomId room) override;
  boost::asio::awaitable<Outcome<JoinAnswer>> join(RoomId room, Caller caller,
                                                   std::optional<std::uint64_t> since) override;
  boost::asio::awaitable<Outcome<>> leave(RoomId room, OwnerId owner, std::uint64_t connection) override;
  boost::asio::awaitable<Outcome<HoldAnswer>> select(RoomId room, Caller caller, SelectSeat command) override;
  boost::asio::awaitable<Outcome<std::uint64_t>> release(RoomId room, Caller caller, SeatId seat) override;
  boost::asio::awaitable<Outcome<HoldAnswer>> renew(RoomId room, Caller caller, SeatId seat) override;
  boost::asio::awaitable<Outcome<std::vector<Hold>>> begin_confirm(RoomId room, ConfirmSeats command) override;
  boost::asio::awaitable<Outcome<>> finish_confirm(RoomId room, std::vector<SoldSeat> sold) override;
  boost::asio::awaitable<Outcome<>> abort_confirm(RoomId room, std::string reference) override;
  boost::asio::awaitable<Outcome<>> unsell(RoomId room, SeatId seat) override;
  boost::asio::awaitable<Outcome<RoomSnapshotRef>> snapshot(RoomId room) override;
  boost::asio::awaitable<Outcome<std::optional<std::vector<SeatChange>>>> changes_since(RoomId room,
                                                                                        std::uint64_t offset) override;
  boost::asio::awaitable<Outcome<ExpiryAnswer>> expire(RoomId room) override;
  [[nodiscard]] WallTime now() const override { return clock_.now(); }

  /// Forgets rooms without members, holds and recent changes; sold seats are read again when asked for.
  void forget_idle_rooms();
  void wait_idle(milliseconds timeout) { journal_->wait_idle(timeout); }

 private:
  struct Room;
  using RoomRef = std::shared_ptr<Room>;

  template <class T, class Decide>
  boost::asio::awaitable<Outcome<T>> decide(RoomId id, Decide decision);
  [[nodiscard]] RoomRef room_of(const RoomId& id);
  [[nodiscard]] JoinAnswer joined(Room& room, std::string display_name, std::optional<std::uint64_t> since);
  /// Puts into the room's log what is not there yet.
  void log(Room& room, const Changes& changes);
  void settle(std::vector<JournalEntry> entries, bool committed);

  const SeatsOptions& options_;
  const Clock& clock_;
  LoadRoom load_room_;
  Listener listener_;
  std::shared_ptr<SeatsJournal> journal_;
  std::mutex rooms_mutex_;
  std::unordered_map<RoomId, RoomRef> rooms_;
};

}  // namespace pulso::seats
