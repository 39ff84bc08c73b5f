#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/frame.h"

namespace pulso::net {

class EngineioSession;
class Shard;

/// Why a session ended. Socket.IO tells its users in these words: see `engineio_close_reason_name`.
enum class EngineioCloseReason : std::uint8_t {
  transport_close,  ///< the peer went away, or its WebSocket closed
  transport_error,  ///< the transport broke or the peer broke the protocol of its transport
  ping_timeout,     ///< no pong within `ping_timeout`
  parse_error,      ///< what came is no packet
  forced_close,     ///< `EngineioSession::close`
  slow_consumer,    ///< past the outbox's high-water mark
  shutting_down,    ///< the server drains
};

/// `transport close`, `ping timeout`, … as Engine.IO's own server says.
[[nodiscard]] std::string_view engineio_close_reason_name(EngineioCloseReason reason) noexcept;

/// What is put behind an Engine.IO session: one per session, owned by it, called on its shard's thread only.
class EngineioListener {
 public:
  virtual ~EngineioListener() = default;
  /// The handshake is answered before anything that is sent here; `session` outlives the listener.
  virtual void on_open(EngineioSession& session) = 0;
  /// One message, whatever transport brought it; `payload` is valid during the call.
  virtual void on_message(std::string_view payload, bool is_text) = 0;
  /// Exactly once, last of all calls.
  virtual void on_close(EngineioCloseReason reason) = 0;
};

/// One client over whatever transport it has at the moment (Engine.IO protocol, revision 4). Lives on the shard that
/// took its handshake, for life: polls that arrive on other shards come over, and the WebSocket of an upgrade is moved.
///
/// Messages are frames as `encode_text_frame` (payload `4…`) and `encode_binary_frame` (the bare payload) make them, so
/// that one encoding serves all sessions: a WebSocket sends them as they are, a poll takes the payload out of them.
class EngineioSession {
 public:
  virtual ~EngineioSession() = default;

  /// Queues messages that belong together (an event and its attachments): nothing comes between them. Past the
  /// high-water mark the session ends as a slow consumer; after its end nothing is queued. `deflated` holds for each
  /// message its shared deflated form (or an empty reference); where it is shorter than `messages`, a long message is
  /// deflated for this session alone.
  virtual void send(std::span<const FrameRef> messages, std::span<const FrameRef> deflated = {}) = 0;
  /// For replays: not counted against the high-water mark.
  virtual void send_uncounted(std::span<const FrameRef> messages) = 0;
  /// Whether what is sent now would leave at once: a WebSocket with nothing queued, or a poll that waits. What is
  /// volatile is dropped otherwise.
  [[nodiscard]] virtual bool is_writable() const noexcept = 0;
  /// Ends the session behind what is queued, as `socket.close()` of Engine.IO's own server does. The listener is told
  /// from the loop, never below this call.
  virtual void close() = 0;
  /// A `Set-Cookie` field (RFC 6265 §4.1) for the next answer to a poll. Does nothing over a WebSocket, whose messages
  /// carry no fields.
  virtual void set_cookie(std::string field) = 0;

  [[nodiscard]] virtual Shard& shard() const noexcept = 0;
  /// 20 characters, from a CSPRNG.
  [[nodiscard]] virtual const std::string& id() const noexcept = 0;
  /// `polling` or `websocket`.
  [[nodiscard]] virtual std::string_view transport_name() const noexcept = 0;
  /// Bytes waiting to be written.
  [[nodiscard]] virtual std::size_t pending_bytes() const noexcept = 0;
};

}  // namespace pulso::net
