#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace pulso::support {

/// A frame as a client sends it (RFC 6455 §5.2); the defaults make a whole text message.
struct ClientFrame {
  std::uint8_t opcode = 1;
  bool is_final = true;
  std::uint8_t reserved_bits = 0;  ///< 4 is RSV1
  bool is_masked = true;
  int length_bytes = -1;  ///< 0, 2 or 8 to force a form; -1: the shortest
};

inline std::string encode_client_frame(std::string_view payload, ClientFrame frame = {}) {
  constexpr std::array<char, 4> mask{0x37, static_cast<char>(0xFA), 0x21, 0x3D};
  int length_bytes = frame.length_bytes;
  if (length_bytes < 0) length_bytes = payload.size() < 126 ? 0 : payload.size() < 65'536 ? 2 : 8;
  const std::size_t short_length = length_bytes == 0 ? payload.size() : length_bytes == 2 ? 126 : 127;
  std::string out;
  out += static_cast<char>((frame.is_final ? 0x80 : 0) | frame.reserved_bits << 4 | frame.opcode);
  out += static_cast<char>((frame.is_masked ? 0x80 : 0) | short_length);
  for (int i = length_bytes - 1; i >= 0; --i) out += static_cast<char>(payload.size() >> 8 * i & 0xFF);
  if (!frame.is_masked) return out.append(payload);
  out.append(mask.data(), mask.size());
  for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}

}  // namespace pulso::support
