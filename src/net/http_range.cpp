#include "net/http_range.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "base/encoding.h"

namespace pulso::net {
namespace {

constexpr std::string_view unit = "bytes=";

/// One or more digits; what does not fit counts as the largest number, which is past every end.
std::optional<std::uint64_t> number(std::string_view digits) noexcept {
  constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
  if (digits.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (largest - digit) / 10 ? largest : value * 10 + digit;
  }
  return value;
}

}  // namespace

RangeSelection select_range(std::string_view field, std::uint64_t size) noexcept {
  using Kind = RangeSelection::Kind;
  field = trimmed(field);
  if (!equals_ignoring_case(field.substr(0, unit.size()), unit)) return {};
  const std::string_view range = trimmed(field.substr(unit.size()));
  const auto dash = range.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view first_digits = range.substr(0, dash), last_digits = range.substr(dash + 1);

  if (first_digits.empty()) {
    const auto suffix = number(last_digits);
    if (!suffix) return {};
    if (*suffix == 0) return {.kind = Kind::unsatisfiable, .range = {}};
    if (size == 0) return {};  // satisfiable (§14.1.2), but Content-Range can't say an empty range
    const std::uint64_t length = std::min(*suffix, size);
    return {.kind = Kind::partial, .range = {.offset = size - length, .length = length}};
  }
  const auto first = number(first_digits);
  const auto last = last_digits.empty() ? std::numeric_limits<std::uint64_t>::max() : number(last_digits);
  if (!first || !last || *last < *first) return {};
  if (*first >= size) return {.kind = Kind::unsatisfiable, .range = {}};
  return {.kind = Kind::partial, .range = {.offset = *first, .length = std::min(*last, size - 1) - *first + 1}};
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return fmt::format("bytes {}-{}/{}", range.offset, range.offset + range.length - 1, size);
}

std::string unsatisfied_content_range(std::uint64_t size) {
  return fmt::format("bytes */{}", size);
}

}  // namespace pulso::net
