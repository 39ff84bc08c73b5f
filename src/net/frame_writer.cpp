#include "net/frame_writer.h"

#include "net/shard.h"

namespace pulso::net {

FrameWriter::~FrameWriter() {
  shard_.forget(*this);
}

bool FrameWriter::enqueue(const FrameRef& frame, const OutboxLimits& limits, bool counted) {
  if (!outbox_.push(frame, limits, counted) && !push_behind_write(frame, limits)) return false;
  flush_later();
  return true;
}

void FrameWriter::flush_later() {
  if (!is_writing_) shard_.flush_later(*this);
}

/// What waits may do so for the end of the loop turn alone: a peer that reads is not slow because much was sent at
/// once.
bool FrameWriter::push_behind_write(const FrameRef& frame, const OutboxLimits& limits) {
  if (is_writing_) return false;
  const Outbox::FlushResult result = outbox_.flush(stream_, shard_.write_buffer());
  if (result == Outbox::FlushResult::wants_write) wait_writable();
  return result != Outbox::FlushResult::failed && outbox_.push(frame, limits);
}

void FrameWriter::flush() {
  if (is_writing_) return;
  switch (outbox_.flush(stream_, shard_.write_buffer())) {
    case Outbox::FlushResult::drained:
      on_written();
      break;
    case Outbox::FlushResult::wants_write:
      wait_writable();
      break;
    case Outbox::FlushResult::failed:
      on_write_failed();
      break;
  }
}

Flushable::Send FrameWriter::next_send(std::span<char> scratch) {
  if (is_writing_ || stream_.is_secure()) return {};
  return {.descriptor = stream_.socket().native_handle(), .bytes = outbox_.join(scratch)};
}

void FrameWriter::wait_writable() {
  is_writing_ = true;
  stream_.wait(Stream::WaitType::wait_write, [this, held = hold()](const boost::system::error_code& error) {
    is_writing_ = false;
    if (error) return on_write_failed();
    flush();
  });
}

}  // namespace pulso::net
