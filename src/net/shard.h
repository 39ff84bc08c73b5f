#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "net/flushable.h"
#include "net/send_batch.h"
#include "net/timing_wheel.h"

namespace pulso::net {

/// One core's loop: a thread, an `io_context`, and the connections that live on it. Only `post` may be called from
/// other threads; nothing else here is locked.
class Shard {
 public:
  static constexpr std::size_t buffer_size = 64 * 1024;

  /// With `batches_sends` what many connections write in one loop turn goes by few system calls, where the kernel has
  /// io_uring and allows it.
  explicit Shard(std::size_t index, bool batches_sends = true);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  void start();
  /// Stops the loop and joins its thread.
  void stop();
  /// After `stop`: drops the handlers that were not run, with the connections that they own, while what these refer to
  /// still lives. Sockets and timers on this loop may be destroyed later, until the shard is.
  void discard() { context_.discard(); }

  [[nodiscard]] std::size_t index() const noexcept { return index_; }
  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
  [[nodiscard]] TimingWheel& wheel() noexcept { return wheel_; }
  /// Read into by whoever has just become readable, valid until it returns to the loop.
  [[nodiscard]] std::span<char> read_buffer() noexcept { return {buffers_.get(), buffer_size}; }
  /// Small frames are joined here before one write.
  [[nodiscard]] std::span<char> write_buffer() noexcept { return {buffers_.get() + buffer_size, buffer_size}; }
  /// The steady time, for limits and timers.
  [[nodiscard]] SteadyTime now() const noexcept { return std::chrono::steady_clock::now(); }

  /// The shard whose thread this is, or null.
  [[nodiscard]] static Shard* current() noexcept;

  template <class F>
  void post(F&& work) {
    boost::asio::post(context_, std::forward<F>(work));
  }

  /// Calls `flushable.flush()` at the end of this loop turn, once.
  void flush_later(Flushable& flushable);
  /// Takes it out again; for destructors.
  void forget(Flushable& flushable) noexcept;

 private:
  /// What holds a loop's sockets and timers is held by its handlers in turn: neither can go first as a whole. So
  /// handlers go by `discard`, what they used follows, the loop is last.
  class Context : public boost::asio::io_context {
   public:
    using io_context::io_context;
    void discard() { shutdown(); }
  };

  void schedule_tick();
  void flush_all();
  /// Sends what can leave together, from `begin` on; returns where it stopped, behind `begin`.
  [[nodiscard]] std::size_t send_batch(std::size_t begin);

  std::size_t index_;
  const bool batches_sends_;
  Context context_{1};
  std::unique_ptr<char[]> buffers_;
  TimingWheel wheel_;
  boost::asio::steady_timer tick_timer_;
  std::vector<Flushable*> dirty_;     ///< null where one was forgotten
  std::unique_ptr<SendBatch> batch_;  ///< made and used by the loop's thread
  std::thread thread_;
};

/// `discard` for all loops of a server. A coroutine of one loop may wait for one of another, and is posted back home to
/// be destroyed when that goes: a home that has been discarded before is so again.
void discard_all(std::span<Shard* const> shards);

/// How many cores this process may run on (its affinity mask, not the machine's count).
[[nodiscard]] std::size_t usable_core_count() noexcept;

}  // namespace pulso::net
