#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace pulso::net {

/// Whether this is well-formed UTF-8 (RFC 3629): shortest forms only, no surrogates, nothing past U+10FFFF.
[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;

/// The same for text that comes in pieces, which may be cut inside a character. Fails at the first byte that can't be
/// part of any well-formed text, without waiting for the rest of its character.
class Utf8Validator {
 public:
  /// False when the text so far is broken; what is appended later has no meaning then.
  [[nodiscard]] bool append(std::string_view piece) noexcept;
  /// Whether the text so far ends with a whole character.
  [[nodiscard]] bool is_complete() const noexcept { return held_bytes_ == 0; }

 private:
  std::array<char, 4> held_{};  ///< the beginning of a character whose end has not come yet
  std::uint8_t held_bytes_ = 0;
};

}  // namespace pulso::net
