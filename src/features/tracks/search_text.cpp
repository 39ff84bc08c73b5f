#include "features/tracks/search_text.h"

#include <algorithm>
#include <clocale>  // with POSIX.1-2008: newlocale
#include <cwchar>
#include <cwctype>

#include "net/utf8.h"

namespace pulso::tracks {
namespace {

/// The C library's own table of characters, whatever the locale of the process; glibc has it built in.
locale_t unicode_locale() noexcept {
  static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

char32_t to_small(char32_t character) noexcept {
  const locale_t locale = unicode_locale();
  if (locale != nullptr) return static_cast<char32_t>(::towlower_l(static_cast<std::wint_t>(character), locale));
  return character >= U'A' && character <= U'Z' ? character + 32 : character;
}

std::size_t length_of(unsigned char first) noexcept {
  if (first < 0x80) return 1;
  if (first < 0xE0) return 2;
  return first < 0xF0 ? 3 : 4;
}

/// Of well-formed text.
char32_t decode(std::string_view character) noexcept {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return first;
  char32_t value = first & (0x7FU >> character.size());
  for (const char next : character.substr(1)) value = (value << 6) | (static_cast<unsigned char>(next) & 0x3FU);
  return value;
}

void append(std::string& out, char32_t value) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80U | ((value >> shift) & 0x3FU)); };
  if (value < 0x80) {
    out += static_cast<char>(value);
  } else if (value < 0x800) {
    out += static_cast<char>(0xC0U | (value >> 6));
    tail(0);
  } else if (value < 0x10000) {
    out += static_cast<char>(0xE0U | (value >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0U | (value >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace

std::string fold_case(std::string_view text) {
  std::string out;
  if (!net::is_valid_utf8(text)) return out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = length_of(static_cast<unsigned char>(text.front()));
    append(out, to_small(decode(text.substr(0, length))));
    text.remove_prefix(length);
  }
  return out;
}

std::vector<std::string> search_patterns(std::string_view search) {
  constexpr std::string_view spaces = " \t\r\n";
  const std::string folded = fold_case(search);
  std::vector<std::string> patterns;
  std::size_t at = folded.find_first_not_of(spaces);
  while (at != std::string::npos && patterns.size() < search_words_max) {
    const std::size_t end = std::min(folded.find_first_of(spaces, at), folded.size());
    std::string pattern = "%";
    for (const char c : folded.substr(at, end - at)) {
      if (c == '%' || c == '_' || c == '\\') pattern += '\\';
      pattern += c;
    }
    patterns.push_back(pattern + "%");
    at = folded.find_first_not_of(spaces, end);
  }
  return patterns;
}

}  // namespace pulso::tracks
