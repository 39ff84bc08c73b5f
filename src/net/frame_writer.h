#pragma once
#include <memory>

#include "net/flushable.h"
#include "net/outbox.h"
#include "net/stream.h"

namespace pulso::net {

class Shard;

/// The writing half of a connection that sends shared frames: they are queued, and leave in one gathered write at the
/// end of the loop turn. Lives on one shard.
class FrameWriter : private Flushable {
 public:
  [[nodiscard]] Shard& shard() const noexcept { return shard_; }
  /// Bytes waiting to be written.
  [[nodiscard]] std::size_t pending_bytes() const noexcept { return outbox_.pending_bytes(); }

 protected:
  FrameWriter(Shard& shard, Stream stream) noexcept : stream_(std::move(stream)), shard_(shard) {}
  ~FrameWriter();

  /// False when a counted frame would pass the limits although all was written that the socket takes: the peer does not
  /// read. It is not queued then.
  [[nodiscard]] bool enqueue(const FrameRef& frame, const OutboxLimits& limits, bool counted);
  /// `on_written` at the end of this loop turn, if nothing waits for the socket then.
  void flush_later();
  void clear() noexcept { outbox_.clear(); }
  void drop_unsent() noexcept { outbox_.drop_unsent(); }

  /// All that was queued has left. Also called when nothing was.
  virtual void on_written() = 0;
  virtual void on_write_failed() = 0;
  /// Keeps this alive while the socket is waited for.
  [[nodiscard]] virtual std::shared_ptr<void> hold() = 0;

  // What a delivery touches comes first, behind `Flushable`: a fan-out fetches these lines ahead.
  Stream stream_;

 private:
  void flush() override;
  Send next_send(std::span<char> scratch) override;
  void on_sent(std::size_t bytes) override { outbox_.pop_sent(bytes); }
  [[nodiscard]] bool push_behind_write(const FrameRef& frame, const OutboxLimits& limits);
  void wait_writable();

  Outbox outbox_;
  Shard& shard_;
  bool is_writing_ = false;
};

}  // namespace pulso::net
