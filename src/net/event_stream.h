#pragma once
#include <cstddef>
#include <memory>

#include "base/clock.h"
#include "net/event_frame.h"
#include "net/outbox.h"
#include "ops/metrics.h"

namespace pulso::net {

class Shard;

/// An answer of `text/event-stream` that goes on: the pieces that a feature sends, whatever HTTP carries them. Lives on
/// one shard; every function is called on that shard's thread.
class EventStream {
 public:
  /// Past the high-water mark the stream is cut and counted, so that its client comes back; past an end nothing is
  /// sent.
  virtual void send(const EventFrame& frame) = 0;
  /// For replays: not counted against the high-water mark.
  virtual void send_uncounted(const EventFrame& frame) = 0;
  /// Ends the answer behind what is queued.
  virtual void end() = 0;
  [[nodiscard]] virtual Shard& shard() const noexcept = 0;
  [[nodiscard]] virtual bool is_open() const noexcept = 0;
  /// Bytes waiting to be written.
  [[nodiscard]] virtual std::size_t pending_bytes() const noexcept = 0;

 protected:
  ~EventStream() = default;
};

/// What a feature puts behind a stream: one per stream, owned by it, called on its shard's thread only.
class EventStreamListener {
 public:
  virtual ~EventStreamListener() = default;
  /// The answer's head has left; `stream` outlives the listener.
  virtual void on_open(EventStream& stream) = 0;
  /// Each `heartbeat_interval`: something has to be sent, so that proxies keep the stream and dead peers are found.
  virtual void on_heartbeat() = 0;
  /// All that was sent has left for the kernel: a replay goes on.
  virtual void on_written() {}
  /// Exactly once, last of all calls, where `on_open` was called.
  virtual void on_close() = 0;
};

/// Bounds of the streams of one endpoint; shared by them.
struct EventStreamOptions {
  OutboxLimits outbox;
  milliseconds heartbeat_interval{30'000};
  /// Clients that the server sends away come back after a while between these.
  milliseconds drain_retry_min{500}, drain_retry_max{3'000};
  ops::Counter* slow_consumers = nullptr;  ///< counts cuts at the high-water mark
  ops::Counter* events_out = nullptr;
  ops::Gauge* streams = nullptr;
};

/// The body of an answer that goes on.
struct EventStreamBody {
  std::unique_ptr<EventStreamListener> listener;
  std::shared_ptr<const EventStreamOptions> options;
};

}  // namespace pulso::net
