#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "features/seats/seat_holds.h"
#include "features/seats/seats_journal.h"
#include "store/database.h"
#include "store/migrations.h"

namespace pulso::seats {

/// What must last: room definitions, sold seats and the shop's references, and the holds of a single instance.
class SeatsStore {
 public:
  explicit SeatsStore(store::Database& database) : database_(database) {}

  [[nodiscard]] static std::span<const store::Migration> migrations() noexcept;

  /// Sold seats, and journaled holds with `with_holds`.
  [[nodiscard]] boost::asio::awaitable<Result<DurableRoom>> load_room(RoomId room, bool with_holds);
  /// Writes the last record of each seat in one transaction that survives the process. `done` as for `Database::post`.
  void write_holds(std::vector<JournalRecord> records, std::move_only_function<void(Result<void>)> done);
  [[nodiscard]] boost::asio::awaitable<Result<std::vector<RoomId>>> rooms_with_holds();

  /// A room's definition as it was put (JSON), or nothing.
  [[nodiscard]] boost::asio::awaitable<Result<std::optional<std::string>>> definition(RoomId room);
  /// True when the room is new.
  [[nodiscard]] boost::asio::awaitable<Result<bool>> put_definition(RoomId room, std::string definition, WallTime now);
  struct ListedRoom {
    RoomId room;
    std::string definition;
  };
  /// The first `count_max` rooms by id.
  [[nodiscard]] boost::asio::awaitable<Result<std::vector<ListedRoom>>> definitions(std::size_t count_max);

  /// Sells all seats or none under `reference`. A reference that has sold the same seats before gives those of them
  /// that are sold now; one used for other seats is `Errc::conflict`, and so is a seat sold under another reference,
  /// which `Error::field` then names.
  [[nodiscard]] boost::asio::awaitable<Result<std::vector<SoldSeat>>> sell(RoomId room, std::string reference,
                                                                           std::string client_id,
                                                                           std::vector<SeatId> seats, WallTime now);
  /// Seats that a reference was used for, or nothing: the answer to a repeated confirmation.
  [[nodiscard]] boost::asio::awaitable<Result<std::optional<std::vector<SeatId>>>> seats_of_reference(
      RoomId room, std::string reference);
  /// Undoes one sale. False when the seat was not sold.
  [[nodiscard]] boost::asio::awaitable<Result<bool>> unsell(RoomId room, SeatId seat);

 private:
  store::Database& database_;
};

}  // namespace pulso::seats
