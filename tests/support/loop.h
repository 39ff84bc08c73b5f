#pragma once
#include <thread>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

namespace pulso::support {

/// A loop on a thread of its own, for coroutines that tests wait for.
class Loop {
 public:
  Loop() : guard_(boost::asio::make_work_guard(context_)), thread_([this] { context_.run(); }) {}
  ~Loop() {
    guard_.reset();
    context_.stop();
    thread_.join();
  }
  template <class T>
  T run(boost::asio::awaitable<T> work) {
    return start(std::move(work)).get();
  }
  template <class T>
  std::future<T> start(boost::asio::awaitable<T> work) {
    return boost::asio::co_spawn(context_, std::move(work), boost::asio::use_future);
  }

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::thread thread_;
};

}  // namespace pulso::support
