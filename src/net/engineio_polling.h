#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "net/engineio_errors.h"
#include "net/engineio_packet.h"
#include "net/flushable.h"
#include "net/frame.h"
#include "net/outbox.h"

namespace pulso::net {

class Shard;

/// What a poll is answered with: packets, or a refusal.
struct EngineioPollAnswer {
  std::optional<EngineioError> error;
  std::string payload;
  std::string cookie;  ///< of `Set-Cookie`, or empty
};

/// The HTTP long-polling transport of one session, without HTTP: messages wait here until a poll takes them, and a poll
/// waits here until there is something to take. Lives on one shard.
class EngineioPolling final : private Flushable {
 public:
  struct Listener {
    /// A poll is being answered; nothing more than what `pending_bytes` says is left behind it.
    virtual void on_poll_answered() = 0;

   protected:
    ~Listener() = default;
  };

  /// `payload_bytes_max` bounds one answer; a single message may be longer.
  EngineioPolling(Shard& shard, Listener& listener, std::size_t payload_bytes_max) noexcept
      : shard_(shard), listener_(listener), payload_bytes_max_(payload_bytes_max) {}
  ~EngineioPolling();

  /// False when a counted frame would pass a limit; it is not queued then. One frame alone always fits. A poll that
  /// waits is answered at the end of the loop turn.
  [[nodiscard]] bool push(const FrameRef& frame, const OutboxLimits& limits, bool counted);
  /// What no poll has taken, in order; nothing is left here.
  [[nodiscard]] std::vector<FrameRef> take_all();
  void clear() noexcept;

  /// Waits for the next answer. `poll` names this wait; one at a time.
  [[nodiscard]] boost::asio::awaitable<EngineioPollAnswer> wait(const void* poll);
  /// Answers a poll that waits without a message: with `noop` before an upgrade, with `close` at the end.
  void answer_with(EngineioPacketType packet);
  /// Until it is taken back, polls do not wait: they are answered with what there is, or `noop`.
  void set_hurried(bool is_hurried);

  /// Goes with the next answer.
  void set_cookie(std::string field) { cookie_ = std::move(field); }

  [[nodiscard]] bool is_waiting() const noexcept { return waiter_ != nullptr; }
  [[nodiscard]] bool is_waiting(const void* poll) const noexcept;
  [[nodiscard]] bool empty() const noexcept { return queue_.empty(); }
  [[nodiscard]] std::size_t pending_bytes() const noexcept { return pending_bytes_; }

 private:
  struct Queued {
    FrameRef frame;
    bool is_counted;
  };
  struct Waiter;
  void flush() override;
  void answer(std::string payload);
  [[nodiscard]] std::string take_payload();

  Shard& shard_;
  Listener& listener_;
  const std::size_t payload_bytes_max_;
  std::vector<Queued> queue_;
  std::size_t pending_bytes_ = 0;
  std::size_t counted_bytes_ = 0;
  std::size_t counted_messages_ = 0;
  std::string cookie_;
  Waiter* waiter_ = nullptr;
  bool is_hurried_ = false;
};

}  // namespace pulso::net
