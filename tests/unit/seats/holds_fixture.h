#pragma once
#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "features/seats/seat_holds.h"

namespace pulso::seats {

/// A loop on a thread of its own, for coroutines that tests wait for.
class Loop {
 public:
  Loop() : guard_(boost::asio::make_work_guard(context)), thread_([this] { context.run(); }) {}
  ~Loop() {
    guard_.reset();
    context.stop();
    thread_.join();
  }
  template <class T>
  T run(boost::asio::awaitable<T> work) {
    return boost::asio::co_spawn(context, std::move(work), boost::asio::use_future).get();
  }

  boost::asio::io_context context{1};

 private:
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::thread thread_;
};

/// Remembers what `SeatHolds` announces.
class Announcements {
 public:
  SeatHolds::Listener listener() {
    return {.on_changes =
                [this](const RoomId&, std::vector<SeatChange> changes) {
                  const std::lock_guard lock{mutex_};
                  batches_.push_back(changes.size());
                  for (SeatChange& change : changes) changes_.push_back(std::move(change));
                },
            .on_gap = [this](const RoomId&) { ++gaps; },
            .on_due = [](const RoomId&, WallTime) {}};
  }
  std::vector<SeatChange> changes() {
    const std::lock_guard lock{mutex_};
    return changes_;
  }
  std::vector<std::size_t> batches() {
    const std::lock_guard lock{mutex_};
    return batches_;
  }
  std::atomic<int> gaps{0};

 private:
  std::mutex mutex_;
  std::vector<SeatChange> changes_;
  std::vector<std::size_t> batches_;
};

inline Caller caller(const std::string& name, std::uint64_t connection = 1, std::uint32_t command = 0) {
  return {.owner = OwnerId{"session:" + name}, .client_id = name, .origin = {connection, command}};
}

inline SelectSeat seat(const std::string& id) {
  return {.seat = SeatId{id}, .user_info = R"({"name":"x"})", .hold_id = "hold-" + id};
}

}  // namespace pulso::seats
