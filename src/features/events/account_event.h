#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"

namespace pulso::events {

/// An account as credentials name it.
using AccountId = StrongId<struct AccountTag>;

/// One event of an account's log.
struct AccountEvent {
  std::uint64_t sequence = 0;  ///< counts from 1 within the account, without gaps
  std::string id;              ///< unique within the account
  std::string type;
  std::string qr;    ///< that it is about, or empty
  std::string data;  ///< JSON
};

/// What is to become an event.
struct EventDraft {
  std::string id;  ///< empty: one is made
  std::string type;
  std::string qr;
  std::string data;
};

/// Where an account's log stands.
struct LogExtent {
  std::uint64_t pruned = 0;  ///< the last event that is not kept any more; 0 when all are
  std::uint64_t last = 0;    ///< 0 when there was none
};

inline constexpr std::size_t event_id_bytes_max = 200;

/// Types that publishers may not use: those of the product's own events, and those whose events would get a reserved
/// id.
[[nodiscard]] bool is_reserved_type(std::string_view type) noexcept;
/// Ids that publishers may not use: they stand for a position, or the ledger's events have them.
[[nodiscard]] bool is_reserved_id(std::string_view id) noexcept;
/// 1 to 64 letters, digits, `_`, `-`, `.`.
[[nodiscard]] bool is_event_type(std::string_view type) noexcept;

}  // namespace pulso::events
