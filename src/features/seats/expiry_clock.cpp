#include "features/seats/expiry_clock.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace pulso::seats {

ExpiryClock::ExpiryClock(const boost::asio::any_io_executor& executor, std::function<WallTime()> now,
                         std::function<void(const RoomId&)> on_due)
    : timer_(executor), now_(std::move(now)), on_due_(std::move(on_due)) {}

void ExpiryClock::start() {
  schedule();
}

void ExpiryClock::stop() {
  timer_.cancel();
}

void ExpiryClock::add(const RoomId& room, WallTime when) {
  const std::lock_guard lock{mutex_};
  const auto [entry, is_new] = due_.try_emplace(room, when);
  if (!is_new) entry->second = std::min(entry->second, when);
}

void ExpiryClock::advance() {
  const WallTime now = now_();
  std::vector<RoomId> rooms;
  {
    const std::lock_guard lock{mutex_};
    std::erase_if(due_, [&](const auto& entry) {
      if (entry.second > now) return false;
      rooms.push_back(entry.first);
      return true;
    });
  }
  for (const RoomId& room : rooms) on_due_(room);
}

void ExpiryClock::schedule() {
  timer_.expires_after(tick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    advance();
    schedule();
  });
}

}  // namespace pulso::seats
