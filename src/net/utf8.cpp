#include "net/utf8.h"

#include <algorithm>

#include <simdjson.h>

namespace pulso::net {
namespace {

/// Bytes of the character that this lead byte opens; 0 when no character begins so.
std::size_t character_bytes(unsigned char lead) noexcept {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

/// Whether some character begins with these one to four bytes (RFC 3629 §4). The second byte alone decides on shortest
/// forms, surrogates and the upper end.
bool can_begin_character(std::string_view bytes) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const std::size_t wanted = character_bytes(at(0));
  if (bytes.size() > wanted) return false;
  if (bytes.size() > 1) {
    const unsigned char low = at(0) == 0xE0 ? 0xA0 : at(0) == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = at(0) == 0xED ? 0x9F : at(0) == 0xF4 ? 0x8F : 0xBF;
    if (at(1) < low || at(1) > high) return false;
  }
  for (std::size_t i = 2; i < bytes.size(); ++i) {
    if ((at(i) & 0xC0) != 0x80) return false;
  }
  return true;
}

/// Bytes at the end of `text` that belong to a character which is not whole; 0 to 3.
std::size_t unfinished_bytes(std::string_view text) noexcept {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0) == 0x80) continue;
    return character_bytes(byte) > back ? back : 0;
  }
  return 0;
}

}  // namespace

bool is_valid_utf8(std::string_view text) noexcept {
  return text.empty() || simdjson::validate_utf8(text.data(), text.size());
}

bool Utf8Validator::append(std::string_view piece) noexcept {
  while (held_bytes_ > 0 && !piece.empty()) {
    held_[held_bytes_++] = piece.front();
    piece.remove_prefix(1);
    const std::string_view held{held_.data(), held_bytes_};
    if (!can_begin_character(held)) return false;
    if (held.size() == character_bytes(static_cast<unsigned char>(held[0]))) held_bytes_ = 0;
  }
  const std::size_t unfinished = unfinished_bytes(piece);
  if (!is_valid_utf8(piece.substr(0, piece.size() - unfinished))) return false;
  if (unfinished == 0) return true;
  const std::string_view rest = piece.substr(piece.size() - unfinished);
  std::ranges::copy(rest, held_.begin());
  held_bytes_ = static_cast<std::uint8_t>(unfinished);
  return can_begin_character(rest);
}

}  // namespace pulso::net
