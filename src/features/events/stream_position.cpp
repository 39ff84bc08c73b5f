#include "features/events/stream_position.h"

#include <array>
#include <charconv>

#include "base/random.h"

namespace pulso::events {
namespace {

constexpr std::string_view welcome_head = "welcome_conn_";
constexpr std::string_view heartbeat_head = "heartbeat_";
constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::size_t random_characters = 10;  // so that connections made in one millisecond differ
constexpr int position_base = 36;

template <class Number>
std::optional<Number> parse(std::string_view text, int base) noexcept {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || number < Number{0}) return {};
  return number;
}

}  // namespace

std::string make_connection_id(WallTime now, std::uint64_t position) {
  std::string id = "conn_" + std::to_string(now.time_since_epoch().count()) + "_";
  for (std::size_t i = 0; i < random_characters; ++i) id += letters[random_below(letters.size())];
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), position, position_base).ptr;
  id.append(digits.data(), end);
  return id;
}

std::optional<std::uint64_t> position_of_welcome(std::string_view id) noexcept {
  if (!id.starts_with(welcome_head)) return std::nullopt;
  id.remove_prefix(welcome_head.size());
  const std::size_t mark = id.find('_');
  if (mark == std::string_view::npos || id.size() < mark + 1 + random_characters) return std::nullopt;
  return parse<std::uint64_t>(id.substr(mark + 1 + random_characters), position_base);
}

std::optional<std::int64_t> ms_of_heartbeat(std::string_view id) noexcept {
  if (!id.starts_with(heartbeat_head)) return std::nullopt;
  return parse<std::int64_t>(id.substr(heartbeat_head.size()), 10);
}

}  // namespace pulso::events
