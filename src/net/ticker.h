#pragma once
#include <chrono>
#include <functional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"

namespace pulso::net {

/// Calls something again and again on one executor until it is stopped.
class Ticker {
 public:
  Ticker(const boost::asio::any_io_executor& executor, milliseconds interval, std::function<void()> work)
      : timer_(executor), interval_(interval), work_(std::move(work)) {}

  void start() {
    timer_.expires_after(interval_);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error || is_stopped_) return;
      work_();
      start();
    });
  }
  /// On the executor.
  void stop() {
    is_stopped_ = true;
    timer_.cancel();
  }
  [[nodiscard]] boost::asio::any_io_executor executor() { return timer_.get_executor(); }

 private:
  boost::asio::steady_timer timer_;
  milliseconds interval_;
  std::function<void()> work_;
  bool is_stopped_ = false;
};

}  // namespace pulso::net
