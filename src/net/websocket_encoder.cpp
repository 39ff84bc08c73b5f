#include "net/websocket_encoder.h"

#include <algorithm>

#include "net/websocket_deflate.h"

namespace pulso::net {
namespace {

constexpr std::size_t control_bytes_max = 125;
constexpr std::uint16_t no_code = 1005;

/// The longest beginning of `text` of at most `bytes_max` bytes that does not end inside a UTF-8 character.
std::string_view cut_between_characters(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

WebSocketFrameHeader encode_frame_header(WebSocketOpcode opcode, std::uint64_t payload_bytes,
                                         bool is_deflated) noexcept {
  WebSocketFrameHeader header;
  header.bytes_[0] = static_cast<char>(0x80 | (is_deflated ? 0x40 : 0) | static_cast<std::uint8_t>(opcode));
  const std::uint8_t length_bytes = payload_bytes < 126 ? 0 : payload_bytes < 65'536 ? 2 : 8;
  header.bytes_[1] = static_cast<char>(length_bytes == 0 ? payload_bytes : length_bytes == 2 ? 126 : 127);
  for (std::uint8_t i = 0; i < length_bytes; ++i) {
    header.bytes_[2 + i] = static_cast<char>(payload_bytes >> 8 * (length_bytes - 1 - i) & 0xFF);
  }
  header.size_ = static_cast<std::uint8_t>(2 + length_bytes);
  return header;
}

FrameRef encode_text_frame(std::string_view payload) {
  return Frame::make(encode_frame_header(WebSocketOpcode::text, payload.size()), payload);
}

FrameRef encode_binary_frame(std::string_view payload) {
  return Frame::make(encode_frame_header(WebSocketOpcode::binary, payload.size()), payload);
}

FrameRef encode_deflated_text_frame(std::string_view payload) {
  const std::string deflated = deflate_message(payload);
  if (deflated.size() >= payload.size()) return {};
  return Frame::make(encode_frame_header(WebSocketOpcode::text, deflated.size(), true), deflated);
}

std::string encode_control_frame(WebSocketOpcode opcode, std::string_view payload) {
  payload = payload.substr(0, control_bytes_max);
  std::string frame{encode_frame_header(opcode, payload.size()).bytes()};
  frame += payload;
  return frame;
}

std::string encode_close_frame(std::uint16_t code, std::string_view reason) {
  if (code == no_code) return encode_control_frame(WebSocketOpcode::close, {});
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  payload += cut_between_characters(reason, control_bytes_max - 2);
  return encode_control_frame(WebSocketOpcode::close, payload);
}

}  // namespace pulso::net
