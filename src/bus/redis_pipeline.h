#pragma once
#include <cstddef>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "bus/redis_reply.h"

namespace pulso::bus {

using RedisHandler = std::move_only_function<void(Result<RedisReply>)>;

/// Appends one command in the wire format.
void append_command(std::string& out, std::span<const std::string_view> arguments);

/// What one connection has in flight, without its socket: commands and bytes in, bytes out, each reply matched with the
/// oldest unanswered command. Handlers may call back.
class RedisPipeline {
 public:
  /// Past these, `push` refuses: more is waiting than a healthy server leaves unanswered.
  static constexpr std::size_t unanswered_max = 32'768;
  static constexpr std::size_t outgoing_bytes_max = std::size_t{64} << 20;

  explicit RedisPipeline(std::move_only_function<void(RedisReply)> on_push) : on_push_(std::move(on_push)) {}

  /// Queues a command. `done` hears its reply, `Errc::unavailable` after `deadline` or when the queue is full, or the
  /// error of `fail_all`. A reply after the deadline is taken off in its turn and dropped.
  void push(std::string_view wire, SteadyTime deadline, RedisHandler done);
  /// Queues a command that is answered by pushes, as `SUBSCRIBE` is.
  void push_unanswered(std::string_view wire) { outgoing_ += wire; }

  /// All bytes queued since the last call.
  [[nodiscard]] std::string take_outgoing() { return std::exchange(outgoing_, {}); }
  [[nodiscard]] bool has_outgoing() const noexcept { return !outgoing_.empty(); }

  /// Bytes from the server. What answers no command goes to `on_push`. An error is final.
  [[nodiscard]] Result<void> feed(std::string_view bytes);

  /// Fails what is past its deadline.
  void expire(SteadyTime now);
  /// Not later than the earliest deadline; `SteadyTime::max()` when there is none.
  [[nodiscard]] SteadyTime next_deadline() const noexcept { return next_deadline_; }
  [[nodiscard]] bool is_waiting() const noexcept { return !unanswered_.empty(); }

  /// Fails everything, in order, and takes no more replies.
  void fail_all(const Error& error);

 private:
  struct Unanswered {
    SteadyTime deadline;
    RedisHandler done;  // empty once its time was over
  };

  std::move_only_function<void(RedisReply)> on_push_;
  RedisReplyReader reader_;
  std::deque<Unanswered> unanswered_;
  std::string outgoing_;
  SteadyTime next_deadline_ = SteadyTime::max();
  bool has_failed_ = false;
};

}  // namespace pulso::bus
