#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include <boost/json/object.hpp>

#include "base/clock.h"
#include "base/ids.h"
#include "bus/redis_client.h"
#include "features/seats/seat_holds.h"

namespace pulso::seats {

/// `SeatHolds` of several instances: each decision is one Lua script (`redis/*.lua`) on the room's node. The script
/// itself announces the change on the room's channel, so that the deciding instance hears of it like all others.
///
/// A command is given a deadline by Redis's own clock: a server that was stopped for a while refuses what its clients
/// have been told failed. An answer that was lost on the way is `unavailable` too, though the decision stands: its
/// event tells everyone, the owner included.
class RedisSeatHolds final : public SeatHolds {
 public:
  struct Dependencies {
    const SeatsOptions& options;
    const Clock& clock;
    bus::RedisClient& redis;
    InstanceId instance;
    LoadRoom load_room;
    Listener listener;
  };

  /// How often this instance says that it and its connections are alive, and how long it is believed.
  static constexpr milliseconds lease_interval{10'000};
  static constexpr milliseconds lease{30'000};

  explicit RedisSeatHolds(Dependencies dependencies);

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
  [[nodiscard]] WallTime now() const override { return clock_.now() + milliseconds{clock_offset_ms_.load()}; }

  /// Each `lease_interval`, for every room with connections here.
  boost::asio::awaitable<void> renew_leases();
  /// From the bus. False when the channel is not a room's.
  bool on_bus_message(std::string_view channel, std::string_view payload);
  bool on_bus_gap(std::string_view channel);

 private:
  using Arguments = boost::json::object;

  [[nodiscard]] boost::asio::awaitable<Outcome<bus::RedisReply>> run(std::string_view script, RoomId room,
                                                                     Arguments arguments);
  [[nodiscard]] boost::asio::awaitable<Outcome<bus::RedisReply>> run_once(std::string_view script, RoomId room,
                                                                          Arguments arguments);
  [[nodiscard]] boost::asio::awaitable<Outcome<>> run_plain(std::string_view script, RoomId room, Arguments arguments);
  [[nodiscard]] boost::asio::awaitable<Outcome<>> reload(RoomId room);
  [[nodiscard]] boost::asio::awaitable<void> read_clock();
  void add_common(Arguments& arguments, const RoomId& room) const;
  void note_clock(const bus::RedisReply& reply);
  [[nodiscard]] std::int64_t grace_ms() const;
  void note_connection(const RoomId& room, std::uint64_t connection, bool is_here);

  const SeatsOptions& options_;
  const Clock& clock_;
  bus::RedisClient& redis_;
  const InstanceId instance_;
  LoadRoom load_room_;
  Listener listener_;
  std::map<std::string, bus::RedisScript, std::less<>> scripts_;  ///< read-only
  std::atomic<std::int64_t> clock_offset_ms_{0};                  ///< Redis's time minus ours, as of the last answer
  std::atomic<bool> knows_clock_{false};
  std::mutex mutex_;
  /// In rooms whose lease is ours to renew.
  std::unordered_map<RoomId, std::unordered_set<std::uint64_t>> connections_;
};

}  // namespace pulso::seats
