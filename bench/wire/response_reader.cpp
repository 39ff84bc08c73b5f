#include "wire/response_reader.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "wire/http_head.h"

namespace pulso::bench {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string_view ResponseReader::feed(std::string_view bytes) {
  if (!has_head_) {
    const std::size_t before = head_.size();
    head_.append(bytes);
    const auto size = head_size(head_);
    if (!size) {
      failed_ = failed_ || head_.size() > head_bytes_max;
      return {};
    }
    head_.resize(*size);
    bytes.remove_prefix(*size - before);
    has_head_ = true;
    const auto length = parse_number(header_value(head_, "Content-Length"));
    failed_ = failed_ || !length;
    body_left_ = length.value_or(0);
  }
  if (bytes.size() > body_left_) failed_ = true;
  const std::string_view body = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), body_left_));
  body_left_ -= body.size();
  return body;
}

int ResponseReader::status() const {
  constexpr std::string_view version = "HTTP/1.1 ";
  constexpr std::size_t digits = 3;
  if (!head_.starts_with(version)) return 0;
  const auto status = parse_number(std::string_view(head_).substr(version.size(), digits));
  return static_cast<int>(status.value_or(0));
}

}  // namespace pulso::bench
