#include "net/websocket_decoder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "net/utf8.h"
#include "net/websocket_deflate.h"
#include "net/websocket_encoder.h"

namespace pulso::net {
namespace {

using Mask = std::array<char, 4>;

constexpr std::size_t head_bytes_max = 14;
constexpr std::size_t control_bytes_max = 125;
constexpr std::uint16_t protocol_error = 1002;
constexpr std::uint16_t no_code = 1005;
constexpr std::uint16_t bad_payload = 1007;
constexpr std::uint16_t too_big = 1009;

constexpr bool is(std::uint8_t opcode, WebSocketOpcode wanted) noexcept {
  return opcode == static_cast<std::uint8_t>(wanted);
}

constexpr bool is_control(std::uint8_t opcode) noexcept {
  return (opcode & 0x8) != 0;
}

constexpr bool is_known(std::uint8_t opcode) noexcept {
  return opcode <= 2 || (opcode >= 8 && opcode <= 10);
}

/// Codes that may stand in a close frame (RFC 6455 §7.4; 1012–1014 are IANA's).
constexpr bool is_sendable_close_code(std::uint16_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

std::uint64_t read_big_endian(std::span<const char> bytes) noexcept {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

/// RFC 6455 §5.3, eight bytes at a time.
void unmask(std::span<char> bytes, const Mask& mask) noexcept {
  std::uint64_t pattern;
  std::memcpy(&pattern, mask.data(), 4);
  std::memcpy(reinterpret_cast<char*>(&pattern) + 4, mask.data(), 4);
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + i, 8);
    word ^= pattern;
    std::memcpy(bytes.data() + i, &word, 8);
  }
  for (; i < bytes.size(); ++i) bytes[i] = static_cast<char>(bytes[i] ^ mask[i % 4]);
}

/// Takes `count` unmasked bytes off the front of `input`.
std::string_view take_unmasked(std::span<char>& input, std::size_t count, const Mask& mask) noexcept {
  const std::span<char> piece = input.first(count);
  input = input.subspan(count);
  unmask(piece, mask);
  return {piece.data(), piece.size()};
}

/// A message on the wire may be longer than inflated: Huffman codes of literals have up to 9 bits, blocks have heads.
std::size_t wire_bytes_max(std::size_t message_bytes_max, bool is_deflated) noexcept {
  return is_deflated ? message_bytes_max + message_bytes_max / 8 + 64 : message_bytes_max;
}

}  // namespace

struct WebSocketDecoder::FrameHead {
  std::uint8_t opcode = 0;
  bool is_final = false;
  bool is_deflated = false;         ///< RSV1
  Mask mask{};                      ///< for the next byte of the payload
  std::uint64_t payload_bytes = 0;  ///< still to come
};

struct WebSocketDecoder::Partial {
  std::array<char, head_bytes_max> head;
  std::uint8_t head_size = 0;
  std::uint8_t message_opcode = 0;  ///< text or binary while a message is being put together
  std::uint8_t control_size = 0;
  bool is_in_frame = false;  ///< `frame` is read, its payload is not
  bool is_deflated = false;
  FrameHead frame;
  std::size_t fragments = 0;
  Utf8Validator utf8;
  std::string message;
  std::string inflated;
  std::array<char, control_bytes_max> control;

  /// What is left belongs to an event that has been reported.
  [[nodiscard]] bool is_idle() const noexcept { return head_size == 0 && message_opcode == 0 && !is_in_frame; }
};

WebSocketDecoder::WebSocketDecoder() noexcept = default;
WebSocketDecoder::~WebSocketDecoder() = default;

WebSocketDecoder::Partial& WebSocketDecoder::partial() {
  if (!partial_) partial_ = std::make_unique<Partial>();
  return *partial_;
}

WebSocketEvent WebSocketDecoder::fail(std::uint16_t code, std::string_view reason) noexcept {
  partial_.reset();
  is_finished_ = true;
  return {.type = WebSocketEvent::Type::error, .code = code, .payload = reason};
}

WebSocketEvent WebSocketDecoder::next(std::span<char>& input, const WebSocketLimits& limits, DeflateCodec* codec) {
  if (is_finished_) input = {};
  if (partial_ && (is_finished_ || partial_->is_idle())) partial_.reset();
  while (!is_finished_) {
    if (!partial_ || !partial_->is_in_frame) {
      FrameHead head;
      if (const auto stop = read_head(input, head)) return *stop;
      if (const auto stop = check_head(head, limits, codec != nullptr)) return *stop;
      const bool can_be_whole =
          is_control(head.opcode) || (head.is_final && !is(head.opcode, WebSocketOpcode::continuation));
      if (can_be_whole && head.payload_bytes <= input.size()) {
        const auto payload = take_unmasked(input, static_cast<std::size_t>(head.payload_bytes), head.mask);
        if (is_control(head.opcode)) return finish_control(head.opcode, payload);
        const bool is_text = is(head.opcode, WebSocketOpcode::text);
        if (head.is_deflated) return finish_deflated(is_text, payload, limits, *codec);
        if (is_text && !is_valid_utf8(payload)) return fail(bad_payload, "text is not UTF-8");
        return {.type = WebSocketEvent::Type::message, .is_text = is_text, .payload = payload};
      }
      begin_frame(head);
    }
    if (const auto event = read_payload(input, limits, codec)) return *event;
  }
  return {};
}

/// Takes a head off `input`, or keeps what there is of it. What its first two bytes forbid is refused before the rest.
std::optional<WebSocketEvent> WebSocketDecoder::read_head(std::span<char>& input, FrameHead& head) {
  std::array<char, head_bytes_max> bytes;
  const std::size_t held = partial_ ? partial_->head_size : 0;
  if (held > 0) std::memcpy(bytes.data(), partial_->head.data(), held);
  const std::size_t offered = std::min(input.size(), head_bytes_max - held);
  if (offered > 0) std::memcpy(bytes.data() + held, input.data(), offered);
  const std::size_t available = held + offered;

  std::size_t wanted = 2;
  if (available >= 2) {
    const auto first = static_cast<unsigned char>(bytes[0]), second = static_cast<unsigned char>(bytes[1]);
    head.is_final = (first & 0x80) != 0;
    head.is_deflated = (first & 0x40) != 0;
    head.opcode = first & 0x0F;
    head.payload_bytes = second & 0x7F;
    if ((first & 0x30) != 0) return fail(protocol_error, "reserved bit is set");
    if (!is_known(head.opcode)) return fail(protocol_error, "reserved opcode");
    if ((second & 0x80) == 0) return fail(protocol_error, "frame is not masked");
    if (is_control(head.opcode) && !head.is_final) return fail(protocol_error, "control frame is fragmented");
    if (is_control(head.opcode) && head.payload_bytes > control_bytes_max) {
      return fail(protocol_error, "control frame is longer than 125 bytes");
    }
    wanted = 6 + (head.payload_bytes == 126 ? 2 : head.payload_bytes == 127 ? 8 : 0);
  }
  if (available < wanted) {
    if (available > 0) {
      Partial& pending = partial();
      pending.head = bytes;
      pending.head_size = static_cast<std::uint8_t>(available);
    }
    input = {};
    return WebSocketEvent{};
  }
  input = input.subspan(wanted - held);
  if (partial_) partial_->head_size = 0;
  const std::size_t length_bytes = wanted - 6;
  if (length_bytes > 0) {
    head.payload_bytes = read_big_endian(std::span{bytes}.subspan(2, length_bytes));
    const std::uint64_t shortest = length_bytes == 2 ? 126 : 65'536;
    if (head.payload_bytes < shortest) return fail(protocol_error, "length is not in its shortest form");
    if (head.payload_bytes >> 63 != 0) return fail(protocol_error, "length has 64 bits");
  }
  std::memcpy(head.mask.data(), bytes.data() + wanted - 4, 4);
  return std::nullopt;
}

/// What a frame may be depends on the message that it continues or begins.
std::optional<WebSocketEvent> WebSocketDecoder::check_head(const FrameHead& head, const WebSocketLimits& limits,
                                                           bool allows_deflate) {
  const bool is_continuation = is(head.opcode, WebSocketOpcode::continuation);
  if (head.is_deflated && (!allows_deflate || is_continuation || is_control(head.opcode))) {
    return fail(protocol_error, "reserved bit is set");
  }
  if (is_control(head.opcode)) return std::nullopt;
  const bool in_message = partial_ && partial_->message_opcode != 0;
  if (is_continuation && !in_message) return fail(protocol_error, "there is no message to continue");
  if (!is_continuation && in_message) return fail(protocol_error, "the message before is not finished");
  if (in_message && partial_->fragments >= limits.fragments_max) return fail(too_big, "too many fragments");
  const bool is_deflated = in_message ? partial_->is_deflated : head.is_deflated;
  const std::size_t bytes_max = wire_bytes_max(limits.message_bytes_max, is_deflated);
  const std::size_t held = in_message ? partial_->message.size() : 0;
  if (head.payload_bytes > bytes_max - std::min(held, bytes_max)) return fail(too_big, "message is too big");
  return std::nullopt;
}

void WebSocketDecoder::begin_frame(const FrameHead& head) {
  Partial& pending = partial();
  pending.frame = head;
  pending.is_in_frame = true;
  pending.control_size = 0;
  if (is_control(head.opcode)) return;
  ++pending.fragments;
  if (is(head.opcode, WebSocketOpcode::continuation)) return;
  pending.message_opcode = head.opcode;
  pending.is_deflated = head.is_deflated;
}

/// Keeps what has come of the frame that was begun; nothing when its message goes on with another frame.
std::optional<WebSocketEvent> WebSocketDecoder::read_payload(std::span<char>& input, const WebSocketLimits& limits,
                                                             DeflateCodec* codec) {
  Partial& pending = *partial_;
  FrameHead& frame = pending.frame;
  const bool is_text = is(pending.message_opcode, WebSocketOpcode::text);
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(frame.payload_bytes, input.size()));
  const std::string_view piece = take_unmasked(input, count, frame.mask);
  std::ranges::rotate(frame.mask, frame.mask.begin() + static_cast<std::ptrdiff_t>(count % 4));
  frame.payload_bytes -= count;
  if (is_control(frame.opcode)) {
    std::ranges::copy(piece, pending.control.begin() + pending.control_size);
    pending.control_size = static_cast<std::uint8_t>(pending.control_size + count);
  } else {
    if (is_text && !pending.is_deflated && !pending.utf8.append(piece)) return fail(bad_payload, "text is not UTF-8");
    pending.message.append(piece);
  }
  if (frame.payload_bytes > 0) return WebSocketEvent{};
  pending.is_in_frame = false;
  if (is_control(frame.opcode)) return finish_control(frame.opcode, {pending.control.data(), pending.control_size});
  if (!frame.is_final) return std::nullopt;
  pending.message_opcode = 0;
  if (pending.is_deflated) return finish_deflated(is_text, pending.message, limits, *codec);
  if (is_text && !pending.utf8.is_complete()) return fail(bad_payload, "text is not UTF-8");
  return WebSocketEvent{.type = WebSocketEvent::Type::message, .is_text = is_text, .payload = pending.message};
}

WebSocketEvent WebSocketDecoder::finish_control(std::uint8_t opcode, std::string_view payload) {
  if (is(opcode, WebSocketOpcode::ping)) return {.type = WebSocketEvent::Type::ping, .payload = payload};
  if (is(opcode, WebSocketOpcode::pong)) return {.type = WebSocketEvent::Type::pong, .payload = payload};
  if (payload.size() == 1) return fail(protocol_error, "close frame has one byte");
  std::uint16_t code = no_code;
  if (!payload.empty()) {
    code = static_cast<std::uint16_t>(read_big_endian(payload.substr(0, 2)));
    payload.remove_prefix(2);
    if (!is_sendable_close_code(code)) return fail(protocol_error, "close code may not be sent");
    if (!is_valid_utf8(payload)) return fail(bad_payload, "close reason is not UTF-8");
  }
  is_finished_ = true;
  return {.type = WebSocketEvent::Type::close, .code = code, .payload = payload};
}

WebSocketEvent WebSocketDecoder::finish_deflated(bool is_text, std::string_view payload, const WebSocketLimits& limits,
                                                 DeflateCodec& codec) {
  std::string& message = partial().inflated;
  switch (codec.inflate(payload, limits.message_bytes_max, message)) {
    case InflateResult::ok:
      break;
    case InflateResult::invalid:
      return fail(bad_payload, "compressed message is broken");
    case InflateResult::too_big:
      return fail(too_big, "message is too big");
  }
  if (is_text && !is_valid_utf8(message)) return fail(bad_payload, "text is not UTF-8");
  return {.type = WebSocketEvent::Type::message, .is_text = is_text, .payload = message};
}

}  // namespace pulso::net
