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

constexpr std::array<std::string_view, 6> reserved_id_heads{"welcome_",    "heartbeat_",        "qr_created_",
                                                            "qr_payment_", "qr_status_change_", "balance_update_"};

}  // namespace

bool is_reserved_type(std::string_view type) noexcept {
  // An event that is published without an id is called `<type>_<ms>`.
  return std::ranges::find(reserved_types, type) != reserved_types.end() ||
         std::ranges::any_of(reserved_id_heads, [type](std::string_view head) {
           return type.starts_with(head) || type == head.substr(0, head.size() - 1);
         });
}

bool is_reserved_id(std::string_view id) noexcept {
  return std::ranges::any_of(reserved_id_heads, [id](std::string_view head) { return id.starts_with(head); });
}

bool is_event_type(std::string_view type) noexcept {
  return !type.empty() && type.size() <= type_bytes_max && std::ranges::all_of(type, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

}  // namespace pulso::events
