#include "features/seats/long_polls.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace pulso::seats {

void PollWaiter::on_event(const realtime::TopicEventRef&) {
  end_wait();
}

void PollWaiter::end_wait() {
  is_over_ = true;
  timer_.cancel();
}

void PollWaiter::wake() {
  shard_.post([self = shared_from_this()] { self->end_wait(); });
}

boost::asio::awaitable<void> PollWaiter::wait(milliseconds timeout) {
  if (is_over_) co_return;
  timer_.expires_after(timeout);
  boost::system::error_code ignored;
  co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
}

bool LongPolls::add(const std::shared_ptr<PollWaiter>& waiter) {
  const std::lock_guard lock{mutex_};
  if (is_ending_ || waiters_.size() >= count_max_) return false;
  waiters_.insert(waiter);
  return true;
}

void LongPolls::remove(const std::shared_ptr<PollWaiter>& waiter) {
  const std::lock_guard lock{mutex_};
  waiters_.erase(waiter);
}

void LongPolls::end() {
  const std::lock_guard lock{mutex_};
  is_ending_ = true;
  for (const auto& waiter : waiters_) waiter->wake();
}

}  // namespace pulso::seats
