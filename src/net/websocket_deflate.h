#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace pulso::net {

/// What a server offers of permessage-deflate (RFC 7692). The defaults keep no compression state per connection, so ten
/// thousand connections cost nothing more and one deflated frame serves all of them.
struct DeflateOptions {
  bool is_enabled = true;
  bool server_no_context_takeover = true;  ///< we forget between messages
  bool client_no_context_takeover = true;  ///< clients are told to
  int server_max_window_bits = 15;         ///< 9–15; about 2^(bits+2) bytes a deflating context
  int client_max_window_bits = 15;         ///< 9–15; asked for when the client lets us
};

/// What was agreed to with one client.
struct DeflateAgreement {
  bool server_no_context_takeover = true;
  bool client_no_context_takeover = true;
  int server_max_window_bits = 15;  ///< 8–15
  int client_max_window_bits = 15;  ///< 8–15
  bool operator==(const DeflateAgreement&) const = default;
};

enum class InflateResult : std::uint8_t { ok, invalid, too_big };

/// Both directions of one connection. A direction without context takeover uses the thread's shared context; one with
/// takeover has its own from its first message on. Used on one thread at a time.
class DeflateCodec {
 public:
  explicit DeflateCodec(const DeflateAgreement& agreement) noexcept;
  ~DeflateCodec();
  DeflateCodec(const DeflateCodec&) = delete;
  DeflateCodec& operator=(const DeflateCodec&) = delete;

  /// The payload of a frame with RSV1 set (RFC 7692 §7.2.1).
  [[nodiscard]] std::string deflate(std::string_view payload);
  /// The message of which `payload` is the joined payload (§7.2.2), into `message`. Stops at `bytes_max`: what a small
  /// message claims to become is never stored. After a failure the connection must end.
  [[nodiscard]] InflateResult inflate(std::string_view payload, std::size_t bytes_max, std::string& message);
  /// Whether frames made by `deflate_message` may be mixed into what it sends: only when the client expects no context
  /// and has the full window.
  [[nodiscard]] bool takes_shared_frames() const noexcept {
    return agreement_.server_no_context_takeover && agreement_.server_max_window_bits == 15;
  }

 private:
  class Deflater;
  class Inflater;
  friend std::string deflate_message(std::string_view payload);

  DeflateAgreement agreement_;
  std::unique_ptr<Deflater> deflater_;
  std::unique_ptr<Inflater> inflater_;
};

/// Deflates a message for every connection whose `takes_shared_frames()`: full window, no context. Thread-safe; the
/// context is the thread's.
[[nodiscard]] std::string deflate_message(std::string_view payload);

}  // namespace pulso::net
