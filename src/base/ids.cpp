#include "base/ids.h"

#include <algorithm>

namespace pulso {

bool is_identifier(std::string_view text) noexcept {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == ':';
  };
  return !text.empty() && text.size() <= identifier_length_max && std::ranges::all_of(text, allowed);
}

}  // namespace pulso
