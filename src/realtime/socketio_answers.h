#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "realtime/socketio.h"

namespace pulso::realtime {

/// Collects the acknowledgements of one publication on this instance. Thread-safe: members answer on their shards.
class SocketioAnswers {
 public:
  using Done = std::move_only_function<void(std::vector<SocketioArguments> answers, bool is_complete)>;

  /// `done` is called once, when everyone who was asked has answered or can't any more: members have timeouts.
  SocketioAnswers(std::uint64_t id, milliseconds timeout, Done done)
      : id_(id), timeout_(timeout), done_(std::move(done)) {}

  /// The id that the clients answer to; of this publication alone.
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  [[nodiscard]] milliseconds timeout() const noexcept { return timeout_; }

  /// `count` more are awaited: members, or shards that have not asked theirs yet. Before what may be the last answer.
  void expect(std::size_t count);
  /// A shard has asked all its members.
  void part_done();
  /// A member's answer, or that none will come.
  void add(std::optional<SocketioArguments> answer);

 private:
  void settle_one(std::unique_lock<std::mutex>& lock);

  const std::uint64_t id_;
  const milliseconds timeout_;
  std::mutex mutex_;
  Done done_;  // under mutex_, as all below
  std::size_t open_count_ = 0;
  bool is_complete_ = true;
  std::vector<SocketioArguments> answers_;
};

}  // namespace pulso::realtime
