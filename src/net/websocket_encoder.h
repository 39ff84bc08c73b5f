#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/frame.h"

namespace pulso::net {

/// RFC 6455 §5.2.
enum class WebSocketOpcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Two to ten bytes that go in front of an unmasked payload.
class WebSocketFrameHeader {
 public:
  [[nodiscard]] std::string_view bytes() const noexcept { return {bytes_.data(), size_}; }
  operator std::string_view() const noexcept { return bytes(); }

 private:
  friend WebSocketFrameHeader encode_frame_header(WebSocketOpcode, std::uint64_t, bool) noexcept;
  std::array<char, 10> bytes_;
  std::uint8_t size_;
};

/// The header of a whole message or control frame from a server: FIN set, not masked. `is_deflated` sets RSV1 for a
/// payload made by `deflate_message` or `DeflateCodec::deflate` (RFC 7692 §6).
[[nodiscard]] WebSocketFrameHeader encode_frame_header(WebSocketOpcode opcode, std::uint64_t payload_bytes,
                                                       bool is_deflated = false) noexcept;

/// A whole text message, ready to be shared by connections.
[[nodiscard]] FrameRef encode_text_frame(std::string_view payload);
[[nodiscard]] FrameRef encode_binary_frame(std::string_view payload);
/// The same text message deflated, for the connections whose `DeflateCodec::takes_shared_frames()`; empty when it would
/// not be shorter than the plain one.
[[nodiscard]] FrameRef encode_deflated_text_frame(std::string_view payload);

/// A ping or pong; a payload is cut at 125 bytes (RFC 6455 §5.5).
[[nodiscard]] std::string encode_control_frame(WebSocketOpcode opcode, std::string_view payload);
/// A close frame. The reason is cut at 123 bytes, between characters. Code 1005 ("no code was given") gives a frame
/// without a payload, which is how a close without a code is answered; 1005 itself is never sent (§7.4.1).
[[nodiscard]] std::string encode_close_frame(std::uint16_t code, std::string_view reason = {});

}  // namespace pulso::net
