#pragma once
#include <atomic>
#include <cstdint>
#include <memory>

#include "net/connection_limits.h"
#include "net/connection_list.h"
#include "net/event_stream.h"
#include "net/frame_writer.h"
#include "net/http_compression.h"
#include "net/stream.h"
#include "net/timing_wheel.h"

namespace pulso::net {

/// An event stream over HTTP/1, after the head of its answer. The body goes on until the connection ends (RFC 9112
/// §6.3): chunks would tell nothing more, and the same frames go to every version of HTTP. What the peer still sends is
/// dropped.
class EventStreamConnection final : public std::enable_shared_from_this<EventStreamConnection>,
                                    public EventStream,
                                    private ConnectionNode,
                                    private TimerNode,
                                    private FrameWriter {
 public:
  EventStreamConnection(ConnectionPlace place, Stream stream, ConnectionLimits::Ticket ticket, EventStreamBody body,
                        ContentCoding coding);
  ~EventStreamConnection() override;

  void start();

  void send(const EventFrame& frame) override { send(frame, true); }
  void send_uncounted(const EventFrame& frame) override { send(frame, false); }
  void end() override;
  [[nodiscard]] Shard& shard() const noexcept override { return FrameWriter::shard(); }
  [[nodiscard]] bool is_open() const noexcept override { return state_ == State::open; }
  [[nodiscard]] std::size_t pending_bytes() const noexcept override { return FrameWriter::pending_bytes(); }
  void drain() override;

 private:
  enum class State : std::uint8_t {
    open,
    ending,     ///< the last bytes are on their way
    lingering,  ///< they have left; the peer's end is awaited
    closed,
  };

  void send(const EventFrame& frame, bool counted);
  void queue(const FrameRef& frame, bool counted);
  void abort() override { finish(); }
  void release() override { self_.reset(); }
  void on_written() override;
  void on_write_failed() override { finish(); }
  std::shared_ptr<void> hold() override { return shared_from_this(); }
  void on_timer() override;
  void wait_readable();
  void on_readable();
  void finish();

  State state_ = State::open;
  bool is_heartbeat_sent_ = false;  ///< and half its interval is over next
  std::uint32_t unasked_bytes_ = 0;
  std::unique_ptr<EventStreamCoding> coding_;
  std::unique_ptr<EventStreamListener> listener_;
  std::shared_ptr<const EventStreamOptions> options_;
  std::atomic<std::size_t>& count_;
  std::shared_ptr<EventStreamConnection> self_;  ///< owns itself from `start` to `finish`
  ConnectionLimits::Ticket ticket_;
  WaitStorage read_storage_;
};

}  // namespace pulso::net
