#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "net/frame.h"

namespace pulso::net {

/// Engine.IO protocol, revision 4, "Packet types". On the wire one digit, in front of the packet's data.
enum class EngineioPacketType : std::uint8_t { open = 0, close, ping, pong, message, upgrade, noop };

/// One packet of a peer.
struct EngineioPacket {
  EngineioPacketType type = EngineioPacketType::noop;
  bool is_text = true;    ///< false for a message of bytes
  std::string_view data;  ///< what follows the digit, base64 undone
};

/// One packet as text: a WebSocket's text frame, or a part of a poll's body. Nothing for what is none: an empty text,
/// an unknown type, base64 that RFC 4648 §4 does not allow. The packet's data is part of `text`, or of `bytes`, where
/// base64 is undone.
[[nodiscard]] std::optional<EngineioPacket> decode_engineio_packet(std::string_view text, std::string& bytes);

/// Reads a poll's body: packets with a record separator (0x1e) between them. There is always at least one, though it
/// may be empty, which is an error.
class EngineioPayloadReader {
 public:
  explicit EngineioPayloadReader(std::string_view payload) noexcept : rest_(payload) {}

  [[nodiscard]] bool done() const noexcept { return is_done_; }
  /// The next packet, while not `done`; its data is valid until the next call. Nothing where the payload is broken,
  /// which is not to be read on then.
  [[nodiscard]] std::optional<EngineioPacket> next();

 private:
  std::string_view rest_;
  std::string bytes_;
  bool is_done_ = false;
};

/// What a server tells a new client: `{"sid":…,"upgrades":[…],"pingInterval":…,"pingTimeout":…,"maxPayload":…}`.
struct EngineioHandshake {
  std::string_view id;
  bool can_upgrade = false;  ///< to a WebSocket
  milliseconds ping_interval;
  milliseconds ping_timeout;
  std::size_t message_bytes_max = 0;
};
/// The open packet, its digit included.
[[nodiscard]] std::string encode_engineio_open(const EngineioHandshake& handshake);

/// A packet without data as a WebSocket text frame; the same shared frame each time.
[[nodiscard]] const FrameRef& engineio_control_frame(EngineioPacketType type);

/// What `encode_text_frame` or `encode_binary_frame` was given.
struct EngineioFrameContent {
  bool is_text = true;
  std::string_view payload;
};
[[nodiscard]] EngineioFrameContent engineio_frame_content(const FrameRef& frame) noexcept;

/// Bytes that `append_engineio_packet` adds, its separator included.
[[nodiscard]] std::size_t engineio_polling_size(const FrameRef& frame) noexcept;
/// Puts a frame's packet behind those of a poll's answer: text as it is, bytes as `b` and their base64.
void append_engineio_packet(std::string& payload, const FrameRef& frame);

}  // namespace pulso::net
