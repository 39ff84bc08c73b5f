#pragma once
#include <exception>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "ops/log.h"

namespace pulso::seats {

inline void log_failure(std::exception_ptr failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    ops::log_error("seats", "work ended with an exception", {{"error", error.what()}});
  }
}

/// Starts `work`, at once where the caller is on `executor` already, so that commands keep their order. An exception
/// ends it and is logged.
template <class Executor>
void spawn(Executor executor, boost::asio::awaitable<void> work) {
  boost::asio::co_spawn(std::move(executor), std::move(work), log_failure);
}

/// The same in a turn of its own: for callers that hold a lock.
template <class Executor>
void spawn_later(Executor executor, boost::asio::awaitable<void> work) {
  boost::asio::post(executor, [executor, work = std::move(work)]() mutable { spawn(executor, std::move(work)); });
}

}  // namespace pulso::seats
