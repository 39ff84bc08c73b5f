#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "features/events/ledger.h"

namespace pulso::events {

// The ledger's values as JSON, and the events that tell of its changes.

/// An account's or user's id: a number where it is one.
[[nodiscard]] boost::json::value account_json(std::string_view account);
/// A time, or null.
[[nodiscard]] boost::json::value time_json(const std::optional<WallTime>& time);
[[nodiscard]] boost::json::value qr_json(const Qr& qr);
[[nodiscard]] boost::json::value payment_json(const Payment& payment);
[[nodiscard]] boost::json::value movement_json(const Movement& movement);
[[nodiscard]] boost::json::value ledger_account_json(const LedgerAccount& account);

[[nodiscard]] EventDraft qr_created_event(const Qr& qr);
[[nodiscard]] EventDraft qr_payment_event(const Qr& qr, const Payment& payment);
/// `source` says who brought it about: `payment`, `bank_api`, `merchant`, `due_date`.
[[nodiscard]] EventDraft qr_status_change_event(const Qr& qr, QrStatus previous, std::string_view source,
                                                std::int64_t ms);
[[nodiscard]] EventDraft balance_update_event(const LedgerAccount& account, const Movement& movement, std::int64_t ms);

}  // namespace pulso::events
