#include "features/tracks/device_session.h"

#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/random.h"
#include "ops/log.h"

namespace pulso::tracks {

using boost::asio::awaitable;

DeviceSession::DeviceSession(boost::asio::any_io_executor executor, UserId user, DeviceId device)
    : executor_(std::move(executor)),
      user_(std::move(user)),
      device_(std::move(device)),
      connection_(random_token(9)) {}

DeviceSession::Admission DeviceSession::enqueue(Job job, bool is_replaceable) {
  const bool replaces = is_replaceable && !waiting_.empty() && waiting_.back().is_replaceable;
  if (!replaces && waiting_.size() >= jobs_max) return Admission::refused;
  if (replaces) waiting_.pop_back();
  waiting_.push_back({std::move(job), is_replaceable});
  start();
  return replaces ? Admission::replaced : Admission::accepted;
}

void DeviceSession::enqueue_last(Job job) {
  waiting_.push_back({std::move(job), false});
  start();
}

void DeviceSession::start() {
  if (std::exchange(is_running_, true)) return;
  boost::asio::co_spawn(executor_, run(shared_from_this()), boost::asio::detached);
}

awaitable<void> DeviceSession::run(std::shared_ptr<DeviceSession>) {
  while (!waiting_.empty()) {
    Job job = std::move(waiting_.front().job);
    waiting_.pop_front();
    try {
      co_await job();
    } catch (const std::exception& error) {
      ops::log_error("tracks", "a message ended with an exception", {{"error", error.what()}});
    }
  }
  is_running_ = false;
}

}  // namespace pulso::tracks
