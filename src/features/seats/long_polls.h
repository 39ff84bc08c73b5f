#pragma once
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_set>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "features/seats/room.h"
#include "net/shard.h"
#include "realtime/hub.h"

namespace pulso::seats {

/// One request that waits for a room to change. Lives on its connection's shard.
class PollWaiter final : public realtime::Subscriber, public std::enable_shared_from_this<PollWaiter> {
 public:
  explicit PollWaiter(net::Shard& shard) : shard_(shard), timer_(shard.context()) {}

  void on_event(const realtime::TopicEventRef& event) override;
  /// Until something is published, `wake` is called or the time is over; at once where that has happened already.
  [[nodiscard]] boost::asio::awaitable<void> wait(milliseconds timeout);
  /// Any thread.
  void wake();

  realtime::Subscription subscription;

 private:
  void end_wait();

  net::Shard& shard_;
  boost::asio::steady_timer timer_;
  bool is_over_ = false;
};

/// All requests that wait, so that a draining server can answer them. Thread-safe.
class LongPolls {
 public:
  explicit LongPolls(std::size_t count_max) : count_max_(count_max) {}

  /// False when too many wait, or the server is draining: answer at once.
  [[nodiscard]] bool add(const std::shared_ptr<PollWaiter>& waiter);
  void remove(const std::shared_ptr<PollWaiter>& waiter);
  /// Ends all of them, and those to come.
  void end();

 private:
  const std::size_t count_max_;
  std::mutex mutex_;
  std::unordered_set<std::shared_ptr<PollWaiter>> waiters_;
  bool is_ending_ = false;
};

}  // namespace pulso::seats
