#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "net/frame.h"
#include "net/stream.h"

namespace pulso::net {

/// High-water marks: a connection that has more than this waiting is a slow consumer, and is closed.
struct OutboxLimits {
  std::size_t bytes_max = 1024 * 1024;
  std::size_t messages_max = 1000;
};

/// Frames that wait to be written to one connection, in order. 40 bytes while idle; a single waiting frame needs no
/// allocation.
class Outbox {
 public:
  enum class FlushResult : std::uint8_t { drained, wants_write, failed };

  Outbox() = default;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// False when a counted frame would pass a limit; it is not queued then. One frame alone always fits.
  [[nodiscard]] bool push(const FrameRef& frame, const OutboxLimits& limits, bool counted = true);
  /// Writes what the socket takes. `scratch` joins small frames: eight in one piece are cheaper than eight pieces.
  [[nodiscard]] FlushResult flush(Stream& stream, std::span<char> scratch);
  /// The same in two steps, for who writes by itself: all that waits in one piece, joined in `scratch` where it is more
  /// than one frame; nothing when it does not fit. Then how much of it has left.
  [[nodiscard]] std::string_view join(std::span<char> scratch) const noexcept;
  void pop_sent(std::size_t bytes);
  /// For who sends by copying: takes as many bytes as fit, and says how many.
  [[nodiscard]] std::size_t take(std::span<char> out);
  void clear() noexcept;
  /// Forgets all but a frame of which a part has left already.
  void drop_unsent() noexcept;

  [[nodiscard]] bool empty() const noexcept { return !first_; }
  [[nodiscard]] std::size_t pending_bytes() const noexcept { return pending_bytes_; }

 private:
  struct Queue;
  struct QueueDeleter {
    void operator()(Queue* queue) const noexcept;
  };
  [[nodiscard]] IoResult write_once(Stream& stream, std::span<char> scratch);

  FrameRef first_;                              ///< the frame that is being written
  std::unique_ptr<Queue, QueueDeleter> queue_;  ///< those behind it
  std::uint32_t sent_of_first_ = 0;
  std::uint32_t counted_messages_ = 0;
  std::size_t pending_bytes_ = 0;
  std::size_t counted_bytes_ = 0;
};

}  // namespace pulso::net
