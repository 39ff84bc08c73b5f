#pragma once
#include <functional>
#include <mutex>
#include <unordered_map>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "features/seats/seat.h"

namespace pulso::seats {

/// Knows when each room has something falling due, and says so a moment after it has. Thread-safe.
class ExpiryClock {
 public:
  /// How late a hold may be looked at; expiry is promised within a second.
  static constexpr milliseconds tick{200};

  ExpiryClock(const boost::asio::any_io_executor& executor, std::function<WallTime()> now,
              std::function<void(const RoomId&)> on_due);

  void start();
  void stop();
  /// Something falls due in `room` at `when`; the earliest time counts.
  void add(const RoomId& room, WallTime when);
  /// Reports the rooms that are due. Called by the timer; tests call it themselves.
  void advance();

 private:
  void schedule();

  boost::asio::steady_timer timer_;
  std::function<WallTime()> now_;
  std::function<void(const RoomId&)> on_due_;
  std::mutex mutex_;
  std::unordered_map<RoomId, WallTime> due_;
};

}  // namespace pulso::seats
