#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "features/seats/client.h"
#include "features/seats/room.h"
#include "features/seats/room_directory.h"
#include "features/seats/room_feed.h"
#include "features/seats/seat_holds.h"
#include "features/seats/seats_metrics.h"
#include "features/seats/seats_options.h"
#include "features/seats/seats_store.h"

namespace pulso::seats {

/// The use cases: what a connection, a request or the clock may ask for. Checks who may and where, lets `SeatHolds`
/// decide, and keeps the database and the live state together. Thread-safe.
class SeatsService {
 public:
  struct Parts {
    const SeatsOptions& options;
    const Clock& clock;
    SeatsStore& store;
    SeatHolds& holds;
    RoomDirectory& directory;
    RoomFeed& feed;
    SeatsMetrics& metrics;
    /// Tells all instances that a room's definition has changed.
    std::function<void(const RoomId&)> announce_definition;
  };

  explicit SeatsService(Parts parts) : parts_(std::move(parts)) {}

  /// The room if commands to it can be decided at once; null means `prepare` first.
  [[nodiscard]] RoomRef prepared(const RoomId& id) const;
  [[nodiscard]] boost::asio::awaitable<Outcome<RoomRef>> prepare(RoomId id);

  [[nodiscard]] boost::asio::awaitable<Outcome<JoinAnswer>> join(RoomRef room, ClientRef client,
                                                                 std::uint64_t connection,
                                                                 std::optional<std::uint64_t> since);
  [[nodiscard]] boost::asio::awaitable<Outcome<>> leave(RoomRef room, OwnerId owner, std::uint64_t connection);
  [[nodiscard]] boost::asio::awaitable<Outcome<HoldAnswer>> select(RoomRef room, ClientRef client, Origin origin,
                                                                   SeatId seat, boost::json::object user_info);
  [[nodiscard]] boost::asio::awaitable<Outcome<std::uint64_t>> release(RoomRef room, ClientRef client, Origin origin,
                                                                       SeatId seat);
  [[nodiscard]] boost::asio::awaitable<Outcome<HoldAnswer>> renew(RoomRef room, ClientRef client, Origin origin,
                                                                  SeatId seat);
  [[nodiscard]] boost::asio::awaitable<Outcome<RoomSnapshotRef>> snapshot(RoomRef room, ClientRef client);

  /// Turns holds into sold seats: all or none, once per reference.
  [[nodiscard]] boost::asio::awaitable<Outcome<std::vector<SoldSeat>>> confirm(RoomId room, ConfirmSeats command);
  [[nodiscard]] boost::asio::awaitable<Outcome<>> unsell(RoomId room, SeatId seat);
  /// True when the room is new.
  [[nodiscard]] boost::asio::awaitable<Outcome<bool>> put_room(RoomId room, std::string definition);
  [[nodiscard]] boost::asio::awaitable<Outcome<std::vector<SeatsStore::ListedRoom>>> rooms();

  /// Releases what is due and settles confirmations that broke off. Asked by `ExpiryClock`; false means try again soon.
  [[nodiscard]] boost::asio::awaitable<bool> expire(RoomId room);

  [[nodiscard]] RoomFeed& feed() noexcept { return parts_.feed; }
  [[nodiscard]] SeatsMetrics& metrics() noexcept { return parts_.metrics; }
  [[nodiscard]] const SeatsOptions& options() const noexcept { return parts_.options; }
  [[nodiscard]] const Clock& clock() const noexcept { return parts_.clock; }

 private:
  /// Bound of `GET /rooms`.
  static constexpr std::size_t listed_rooms_max = 1000;

  [[nodiscard]] Outcome<> check_access(const Room& room, const auth::Principal& principal) const;
  [[nodiscard]] Outcome<> check_open(const Room& room) const;
  [[nodiscard]] boost::asio::awaitable<bool> settle(RoomId room, std::vector<Hold> unverified);

  Parts parts_;
};

}  // namespace pulso::seats
