#include "net/engineio_packet.h"

#include <algorithm>
#include <array>
#include <cassert>

#include <fmt/format.h>

#include "base/encoding.h"
#include "net/websocket_encoder.h"

namespace pulso::net {
namespace {

constexpr char separator = '\x1e';
constexpr char base64_mark = 'b';
constexpr int type_count = 7;

}  // namespace

std::optional<EngineioPacket> decode_engineio_packet(std::string_view text, std::string& bytes) {
  if (text.empty()) return std::nullopt;
  if (text.front() == base64_mark) {
    auto decoded = base64_decode(text.substr(1));
    if (!decoded) return std::nullopt;
    bytes = *std::move(decoded);
    return EngineioPacket{EngineioPacketType::message, false, bytes};
  }
  const int type = text.front() - '0';
  if (type < 0 || type >= type_count) return std::nullopt;
  return EngineioPacket{static_cast<EngineioPacketType>(type), true, text.substr(1)};
}

std::optional<EngineioPacket> EngineioPayloadReader::next() {
  assert(!is_done_);
  const std::string_view packet = rest_.substr(0, rest_.find(separator));
  is_done_ = packet.size() == rest_.size();
  rest_.remove_prefix(std::min(rest_.size(), packet.size() + 1));
  return decode_engineio_packet(packet, bytes_);
}

std::string encode_engineio_open(const EngineioHandshake& handshake) {
  return fmt::format(R"(0{{"sid":"{}","upgrades":[{}],"pingInterval":{},"pingTimeout":{},"maxPayload":{}}})",
                     handshake.id, handshake.can_upgrade ? R"("websocket")" : "", handshake.ping_interval.count(),
                     handshake.ping_timeout.count(), handshake.message_bytes_max);
}

const FrameRef& engineio_control_frame(EngineioPacketType type) {
  static const std::array<FrameRef, type_count> frames = [] {
    std::array<FrameRef, type_count> made;
    for (std::size_t i = 0; i < made.size(); ++i) made[i] = encode_text_frame(std::to_string(i));
    return made;
  }();
  return frames[static_cast<std::size_t>(type)];
}

EngineioFrameContent engineio_frame_content(const FrameRef& frame) noexcept {
  // A server's frame (RFC 6455 §5.2): opcode, length in one, three or nine bytes, no mask.
  const std::string_view bytes = frame.bytes();
  const auto opcode = static_cast<WebSocketOpcode>(bytes[0] & 0x0F);
  const int length = bytes[1] & 0x7F;
  return {opcode == WebSocketOpcode::text, bytes.substr(length < 126 ? 2 : length == 126 ? 4 : 10)};
}

std::size_t engineio_polling_size(const FrameRef& frame) noexcept {
  const auto [is_text, payload] = engineio_frame_content(frame);
  return 1 + (is_text ? payload.size() : 1 + (payload.size() + 2) / 3 * 4);
}

void append_engineio_packet(std::string& payload, const FrameRef& frame) {
  const auto [is_text, content] = engineio_frame_content(frame);
  if (!payload.empty()) payload += separator;
  if (is_text) {
    payload += content;
  } else {
    payload += base64_mark;
    payload += base64_encode(content);
  }
}

}  // namespace pulso::net
