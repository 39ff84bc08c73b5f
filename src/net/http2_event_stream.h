#pragma once
#include <functional>
#include <memory>

#include "net/event_stream.h"
#include "net/http2_body.h"
#include "net/http_compression.h"
#include "net/outbox.h"
#include "net/timing_wheel.h"

namespace pulso::net {

/// What an event stream asks of the connection that it shares with other streams.
class Http2EventStreamHost {
 public:
  virtual Shard& shard() const noexcept = 0;
  /// There is something to be read.
  virtual void resume_events() = 0;
  /// `Http2EventStream::tell_written` once what was read has left for the kernel; at the end of the loop turn.
  virtual void tell_written_later() = 0;
  /// Ends the stream without what is still queued.
  virtual void cut_events() = 0;

 protected:
  ~Http2EventStreamHost() = default;
};

/// An event stream over HTTP/2: its frames are copied into DATA as the peer's windows let them go.
class Http2EventStream final : public Http2Body, public EventStream, private TimerNode {
 public:
  Http2EventStream(Http2EventStreamHost& host, EventStreamBody body, ContentCoding coding);
  ~Http2EventStream() override;

  /// The answer's head has been queued.
  void open();
  void drain();
  void tell_written();

  void send(const EventFrame& frame) override { send(frame, true); }
  void send_uncounted(const EventFrame& frame) override { send(frame, false); }
  void end() override;
  [[nodiscard]] Shard& shard() const noexcept override { return shard_; }
  [[nodiscard]] bool is_open() const noexcept override { return state_ == State::open; }
  [[nodiscard]] std::size_t pending_bytes() const noexcept override { return outbox_.pending_bytes(); }

  [[nodiscard]] Chunk read(std::span<char> out) override;
  void close() override;

 private:
  enum class State : std::uint8_t {
    open,
    ending,  ///< what is queued is the last
    closed,
  };

  void send(const EventFrame& frame, bool counted);
  void queue(const FrameRef& frame, bool counted);
  void on_timer() override;

  Http2EventStreamHost* host_;  ///< null once closed
  Shard& shard_;
  State state_ = State::open;
  bool is_opened_ = false;
  Outbox outbox_;
  std::unique_ptr<EventStreamCoding> coding_;
  std::unique_ptr<EventStreamListener> listener_;
  std::shared_ptr<const EventStreamOptions> options_;
};

}  // namespace pulso::net
