#include "bus/redis_slots.h"

#include <algorithm>
#include <charconv>

namespace pulso::bus {
namespace {

/// CRC16/XMODEM: polynomial 0x1021, start 0, not reflected.
constexpr std::array<std::uint16_t, 256> crc16_table = [] {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) {
    unsigned crc = byte << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}();

std::uint16_t crc16(std::string_view bytes) noexcept {
  std::uint16_t crc = 0;
  for (const char byte : bytes) {
    crc = static_cast<std::uint16_t>((crc << 8) ^ crc16_table[((crc >> 8) ^ static_cast<unsigned char>(byte)) & 0xFF]);
  }
  return crc;
}

std::optional<std::uint16_t> parse_uint16(std::string_view text) {
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::uint16_t redis_slot(std::string_view key) noexcept {
  if (const auto open = key.find('{'); open != key.npos) {
    const auto close = key.find('}', open + 1);
    if (close != key.npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  }
  return crc16(key) % redis_slot_count;
}

std::optional<RedisEndpoint> RedisSlotMap::owner(std::uint16_t slot) const {
  const std::uint16_t node = owners_[slot];
  if (node == no_owner) return std::nullopt;
  return nodes_[node];
}

void RedisSlotMap::assign(std::uint16_t slot, const RedisEndpoint& owner) {
  auto node = std::ranges::find(nodes_, owner);
  if (node == nodes_.end()) node = nodes_.insert(nodes_.end(), owner);
  owners_[slot] = static_cast<std::uint16_t>(node - nodes_.begin());
}

bool RedisSlotMap::is_complete() const noexcept {
  return std::ranges::find(owners_, no_owner) == owners_.end();
}

std::vector<RedisEndpoint> RedisSlotMap::owners() const {
  std::vector<bool> used(nodes_.size());
  for (const std::uint16_t node : owners_) {
    if (node != no_owner) used[node] = true;
  }
  std::vector<RedisEndpoint> result;
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    if (used[node]) result.push_back(nodes_[node]);
  }
  return result;
}

Result<RedisSlotMap> parse_cluster_slots(const RedisReply& reply, const RedisEndpoint& asked) {
  if (!reply.is_array()) return fail(Errc::internal, "CLUSTER SLOTS was not answered by an array");
  RedisSlotMap map;
  for (const RedisReply& range : reply.array()) {
    const auto first = range[0].integer();
    const auto last = range[1].integer();
    const RedisReply& master = range[2];
    const auto port = master[1].integer();
    if (!first || !last || !port || *first < 0 || *last < *first || *last >= redis_slot_count || *port < 1 ||
        *port > 65535) {
      return fail(Errc::internal, "CLUSTER SLOTS has a range of another shape");
    }
    const std::string host{master[0].string().empty() ? asked.host : master[0].string()};
    const RedisEndpoint owner{.host = host, .port = static_cast<std::uint16_t>(*port)};
    for (auto slot = *first; slot <= *last; ++slot) map.assign(static_cast<std::uint16_t>(slot), owner);
  }
  return map;
}

std::optional<RedisRedirect> parse_redirect(std::string_view error, const RedisEndpoint& asked) {
  if (error.starts_with("MOVED ")) {
    error.remove_prefix(6);
  } else if (error.starts_with("ASK ")) {
    error.remove_prefix(4);
  } else {
    return std::nullopt;
  }
  const auto space = error.find(' ');
  const auto colon = error.rfind(':');  // the host may be an IPv6 address, with or without brackets
  if (space == error.npos || colon == error.npos || colon < space) return std::nullopt;
  const auto slot = parse_uint16(error.substr(0, space));
  const auto port = parse_uint16(error.substr(colon + 1));
  std::string_view host = error.substr(space + 1, colon - space - 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (!slot || *slot >= redis_slot_count || !port || *port == 0) return std::nullopt;
  return RedisRedirect{.slot = *slot, .target = {.host = host.empty() ? asked.host : std::string{host}, .port = *port}};
}

}  // namespace pulso::bus
