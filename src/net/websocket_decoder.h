#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace pulso::net {

class DeflateCodec;

/// Bounds of what one peer may send.
struct WebSocketLimits {
  std::size_t message_bytes_max = 64 * 1024;  ///< of a whole message, inflated
  std::size_t fragments_max = 65'536;         ///< of one message, so that empty ones can't go on for ever
};

/// What the decoder has found.
struct WebSocketEvent {
  enum class Type : std::uint8_t {
    need_more,  ///< the input is used up
    message,    ///< whole; text is valid UTF-8
    ping,       ///< to be answered by a pong with this payload
    pong,
    close,  ///< to be answered by `encode_close_frame(code, …)`; nothing follows
    error,  ///< the peer broke a rule: close with this code and reason; nothing follows
  };
  Type type = Type::need_more;
  bool is_text = false;      ///< of a message
  std::uint16_t code = 0;    ///< of a close what the peer said, or 1005; of an error 1002, 1003, 1007 or 1009
  std::string_view payload;  ///< a message's or ping's bytes, a close's or error's reason
};

/// WebSocket frames out of bytes, in the server's role (RFC 6455 §5), without sockets. What arrives in one piece is
/// reported in place, without a copy; parts wait in a heap block that exists only while something is pending, so an
/// idle decoder is 16 bytes. Memory follows the bytes that came, never the length that a header declares.
class WebSocketDecoder {
 public:
  WebSocketDecoder() noexcept;
  ~WebSocketDecoder();
  WebSocketDecoder(const WebSocketDecoder&) = delete;
  WebSocketDecoder& operator=(const WebSocketDecoder&) = delete;

  /// The next event out of `input`, whose used part is cut off. Unmasks in place: the bytes of `input` change. The
  /// event's payload is valid until the next call and while the input's memory is. Called until it says `need_more`.
  /// `codec` is null when no permessage-deflate was agreed to; RSV1 is an error then (RFC 7692 §6).
  [[nodiscard]] WebSocketEvent next(std::span<char>& input, const WebSocketLimits& limits,
                                    DeflateCodec* codec = nullptr);

  /// Whether part of a frame or message is held.
  [[nodiscard]] bool is_pending() const noexcept { return partial_ != nullptr; }

 private:
  struct FrameHead;
  struct Partial;

  [[nodiscard]] std::optional<WebSocketEvent> read_head(std::span<char>& input, FrameHead& head);
  [[nodiscard]] std::optional<WebSocketEvent> check_head(const FrameHead& head, const WebSocketLimits& limits,
                                                         bool allows_deflate);
  void begin_frame(const FrameHead& head);
  [[nodiscard]] std::optional<WebSocketEvent> read_payload(std::span<char>& input, const WebSocketLimits& limits,
                                                           DeflateCodec* codec);
  [[nodiscard]] WebSocketEvent finish_control(std::uint8_t opcode, std::string_view payload);
  [[nodiscard]] WebSocketEvent finish_deflated(bool is_text, std::string_view payload, const WebSocketLimits& limits,
                                               DeflateCodec& codec);
  [[nodiscard]] WebSocketEvent fail(std::uint16_t code, std::string_view reason) noexcept;
  Partial& partial();

  std::unique_ptr<Partial> partial_;
  bool is_finished_ = false;  ///< after a close or an error: the rest is not looked at
};

}  // namespace pulso::net
