#include "load/seats.h"

#include <charconv>

#include <fmt/format.h>

namespace pulso::bench::seats {
namespace {

/// What follows `"name":` and optional spaces, or nothing.
std::optional<std::string_view> after_name(std::string_view message, std::string_view name) {
  for (std::size_t at = message.find(name); at != std::string_view::npos; at = message.find(name, at + 1)) {
    if (at == 0 || message[at - 1] != '"') continue;
    std::string_view rest = message.substr(at + name.size());
    if (!rest.starts_with('"')) continue;
    rest.remove_prefix(1);
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    if (!rest.starts_with(':')) continue;
    rest.remove_prefix(1);
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    return rest;
  }
  return std::nullopt;
}

}  // namespace

std::string client_id(std::size_t client) {
  return fmt::format("load-{}", client);
}

std::string target(std::size_t client, std::string_view session) {
  return fmt::format("/ws/{}{}{}", client_id(client), session.empty() ? "" : "?session=", session);
}

std::string join_room(std::string_view room) {
  return fmt::format(R"({{"type":"join_room","room_id":"{}"}})", room);
}

std::string resume(std::string_view room, std::uint64_t offset) {
  return fmt::format(R"({{"type":"resume","room_id":"{}","offset":{}}})", room, offset);
}

std::string release_seat(std::string_view room, std::string_view seat) {
  return fmt::format(R"({{"type":"release_seat","room_id":"{}","seat_id":"{}"}})", room, seat);
}

std::string select_seat(std::string_view room, std::string_view seat, std::size_t filler_bytes) {
  const std::string filler =
      filler_bytes == 0 ? "" : fmt::format(R"(,"user_info":{{"name":"{}"}})", std::string(filler_bytes, 'x'));
  return fmt::format(R"({{"type":"select_seat","room_id":"{}","seat_id":"{}"{}}})", room, seat, filler);
}

std::string_view string_field(std::string_view message, std::string_view name) {
  auto value = after_name(message, name);
  if (!value || !value->starts_with('"')) return {};
  value->remove_prefix(1);
  return value->substr(0, value->find('"'));
}

std::optional<std::uint64_t> number_field(std::string_view message, std::string_view name) {
  const auto value = after_name(message, name);
  std::uint64_t number = 0;
  if (!value || std::from_chars(value->data(), value->data() + value->size(), number).ec != std::errc{})
    return std::nullopt;
  return number;
}

std::optional<bool> bool_field(std::string_view message, std::string_view name) {
  const auto value = after_name(message, name);
  if (value && value->starts_with("true")) return true;
  if (value && value->starts_with("false")) return false;
  return std::nullopt;
}

std::size_t count_fields(std::string_view message, std::string_view name) {
  std::size_t count = 0;
  for (auto rest = after_name(message, name); rest; rest = after_name(*rest, name)) ++count;
  return count;
}

}  // namespace pulso::bench::seats
