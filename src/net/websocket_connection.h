#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/connection_limits.h"
#include "net/connection_list.h"
#include "net/frame.h"
#include "net/frame_writer.h"
#include "net/timing_wheel.h"
#include "net/websocket_decoder.h"
#include "net/websocket_deflate.h"
#include "ops/metrics.h"

namespace pulso::net {

class Shard;
class WebSocketConnection;

/// Close codes of RFC 6455 §7.4 and of Pulso's contract.
namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t abnormal = 1006;  ///< never sent: the transport broke
inline constexpr std::uint16_t policy = 1008;
inline constexpr std::uint16_t too_big = 1009;
inline constexpr std::uint16_t internal_error = 1011;
inline constexpr std::uint16_t service_restart = 1012;
inline constexpr std::uint16_t try_again_later = 1013;  ///< a slow consumer
inline constexpr std::uint16_t unauthorized = 4401;
inline constexpr std::uint16_t client_id_taken = 4409;
inline constexpr std::uint16_t replaced = 4410;
}  // namespace close_code

/// What a feature puts behind a WebSocket: one per connection, owned by it, called on its shard's thread only.
class WebSocketListener {
 public:
  virtual ~WebSocketListener() = default;
  /// The handshake is done; `connection` outlives the listener.
  virtual void on_open(WebSocketConnection& connection) = 0;
  /// A whole message; `payload` is valid during the call.
  virtual void on_message(std::string_view payload, bool is_text) = 0;
  /// Exactly once, last of all calls. `code` is what the peer or we said, 1006 when the transport broke.
  virtual void on_close(std::uint16_t code) = 0;
  /// The shard that the connection is moved to before `on_open`; null leaves it where it came in.
  [[nodiscard]] virtual Shard* home() const noexcept { return nullptr; }
};

/// Bounds of one WebSocket endpoint; shared by its connections.
struct WebSocketOptions {
  std::size_t message_bytes_max = 64 * 1024;
  std::size_t fragments_max = 65'536;
  OutboxLimits outbox;
  std::chrono::milliseconds ping_interval{25'000};  ///< also how long a peer may be silent after a ping; 0: no pings
  std::chrono::milliseconds close_timeout{5'000};   ///< how long the peer may take to answer a close
  DeflateOptions deflate;                           ///< what is agreed to in the handshake
  std::size_t deflate_threshold = 1024;             ///< shorter messages go out plain
  bool takes_any_subprotocol = false;               ///< the first that the client offers; else none is chosen
  ops::Counter* slow_consumers = nullptr;           ///< counts closes at the high-water mark
  ops::Counter* messages_in = nullptr;
  ops::Counter* messages_out = nullptr;
  ops::Gauge* connections = nullptr;
};

/// One WebSocket after its handshake (RFC 6455), in the server's role. Lives on one shard for life; every function is
/// called on that shard's thread. Frames are queued and leave in one gathered write at the end of the loop turn.
class WebSocketConnection final : public std::enable_shared_from_this<WebSocketConnection>,
                                  private ConnectionNode,
                                  private TimerNode,
                                  public FrameWriter {
 public:
  WebSocketConnection(ConnectionPlace place, Stream stream, ConnectionLimits::Ticket ticket,
                      std::shared_ptr<const WebSocketOptions> options, std::optional<DeflateAgreement> deflate,
                      std::unique_ptr<WebSocketListener> listener);
  ~WebSocketConnection() override;

  /// Starts reading; `early` are bytes that came behind the handshake.
  void start(std::string_view early);

  /// Queues a frame made by `encode_text_frame` and its kin. Past the high-water mark the connection is closed with
  /// 1013 and counted; past a close nothing is queued.
  void send(const FrameRef& frame);
  /// The same for a frame that two kinds of connection share: the deflated one goes to those that agreed to it.
  void send(const FrameRef& plain, const FrameRef& deflated) { send(deflated && is_deflating() ? deflated : plain); }
  /// For replays: not counted against the high-water mark.
  void send_uncounted(const FrameRef& frame);
  /// Encodes one message for this connection alone.
  void send_text(std::string_view payload) { send_message(payload, true); }
  void send_message(std::string_view payload, bool is_text);

  /// Sends a close frame behind what is queued and ends when the peer answers or `close_timeout` is over. `reason` is
  /// cut at 123 bytes.
  void close(std::uint16_t code, std::string_view reason);
  /// Ends at once without a word.
  void abort() override;

  /// Stops reading (back-pressure on a client that sends faster than it is served) and goes on.
  void pause_reading() noexcept;
  void resume_reading();

  [[nodiscard]] WebSocketListener& listener() const noexcept { return *listener_; }
  [[nodiscard]] bool is_open() const noexcept { return state_ == State::open; }
  /// Whether shared deflated frames may be sent to it.
  [[nodiscard]] bool is_deflating() const noexcept { return deflate_ && deflate_->takes_shared_frames(); }

 private:
  enum class State : std::uint8_t {
    open,
    closing,    ///< our close frame is on its way; the peer's is awaited
    failing,    ///< likewise, but the peer has broken a rule: nothing more of it is read before ours has left
    lingering,  ///< the listener has been told; what the peer still sends is dropped
    closed,
  };

  void drain() override;
  void release() override { self_.reset(); }
  void on_written() override;
  void on_write_failed() override { finish(close_code::abnormal); }
  std::shared_ptr<void> hold() override { return shared_from_this(); }
  void on_timer() override;
  void wait_readable();
  void on_readable();
  /// Decodes what is in `input` and reports it; false when reading must stop.
  bool consume(std::span<char> input);
  void queue(const FrameRef& frame, bool counted);
  void fail(std::uint16_t code, std::string_view reason);
  void finish(std::uint16_t code);
  void finish_if_written();
  void linger();

  State state_ = State::open;
  bool is_reading_ = false;
  bool is_paused_ = false;
  bool is_ping_sent_ = false;
  bool close_received_ = false;
  std::uint16_t close_code_ = close_code::abnormal;
  std::shared_ptr<const WebSocketOptions> options_;
  std::unique_ptr<DeflateCodec> deflate_;

  std::atomic<std::size_t>& count_;
  std::shared_ptr<WebSocketConnection> self_;  ///< owns itself from `start` to `finish`
  ConnectionLimits::Ticket ticket_;
  std::unique_ptr<WebSocketListener> listener_;
  WebSocketDecoder decoder_;
  WaitStorage read_storage_;
};

}  // namespace pulso::net
