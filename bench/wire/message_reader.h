#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pulso::bench {

/// RFC 6455 §5.2.
enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Appends one unfragmented frame. With `mask` it is a client's frame (§5.3): the key's four bytes in the order of the
/// wire; without, a server's.
void append_frame(std::string& out, Opcode opcode, std::string_view payload,
                  std::optional<std::uint32_t> mask = std::nullopt);

/// One complete message, or one control frame. The payload is unmasked and lives until the next call of `next`.
struct Message {
  Opcode opcode = Opcode::text;
  std::string_view payload;
};

/// Finds complete messages in a stream of bytes, in either direction. It knows no extensions: a frame with a reserved
/// bit is a failure, so nothing may negotiate compression.
///
/// Usage: `feed` the bytes of one read, then call `next` until it returns nothing. Only then is the rest of an
/// incomplete frame copied aside; whole frames are read in place, which keeps the generator cheaper than the servers
/// it measures.
class MessageReader {
 public:
  /// The largest message that is accepted; a longer one is a failure.
  static constexpr std::size_t message_bytes_max = 16 * 1024 * 1024;

  /// `bytes` must outlive the calls of `next` that follow, up to the one that returns nothing.
  void feed(std::string_view bytes);

  /// The next complete message or control frame; nothing when more bytes are needed or the stream has failed.
  std::optional<Message> next();

  /// True after a violation of the framing; nothing more is read then.
  bool failed() const { return failed_; }

 private:
  struct Header {
    bool final = false;
    std::uint8_t opcode = 0;
    bool masked = false;
    std::size_t header_bytes = 0;
    std::size_t payload_bytes = 0;
  };

  std::optional<Header> read_header();
  std::string_view unmask(std::string_view payload, std::string_view key);
  std::optional<Message> assemble(const Header& header, std::string_view payload);

  std::string_view unread_;
  std::string carry_;
  std::string unmasked_;
  std::string fragments_;
  std::optional<Opcode> fragmented_;
  bool failed_ = false;
};

}  // namespace pulso::bench
