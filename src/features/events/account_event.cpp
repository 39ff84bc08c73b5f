#include "features/events/account_event.h"

#include <algorithm>
#include <array>

namespace pulso::events {
namespace {

constexpr std::size_t type_bytes_max = 64;
constexpr std::array<std::string_view, 9> reserved_types{"connection",
                                                         "heartbeat",
                                                         "reset",
                                                         "error",
                                                         "open",
                                                         "qr_created",
                                                         "qr_payment",
                                                         "qr_status_change",
                                                         "account_balance_update"};

}  // namespace

bool is_reserved_type(std::string_view type) noexcept {
  return std::ranges::find(reserved_types, type) != reserved_types.end();
}

bool is_reserved_id(std::string_view id) noexcept {
  return id.starts_with("welcome_") || id.starts_with("heartbeat_");
}

bool is_event_type(std::string_view type) noexcept {
  return !type.empty() && type.size() <= type_bytes_max && std::ranges::all_of(type, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

}  // namespace pulso::events
