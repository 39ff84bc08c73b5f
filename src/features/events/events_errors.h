#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace pulso::events {

/// Why something about events was refused. The names on the wire are stable: `wire_code`.
enum class EventsErrc : std::uint8_t {
  bad_json = 1,   ///< the body is no JSON
  bad_message,    ///< the wrong shape; `Refusal::field` names what is missing or wrong
  reserved_type,  ///< events of that type are the product's own
  too_many,       ///< more events at once than are taken
  unauthorized,
  forbidden,   ///< the scope is missing, or the account is another's
  no_account,  ///< the credential belongs to no account
  unknown_qr,
  unknown_payment,
  qr_used,
  qr_expired,
  qr_cancelled,
  qr_not_active,           ///< it cannot be cancelled or settled any more
  transaction_conflict,    ///< a transaction or refund of that id exists, and says something else
  wrong_amount,            ///< not what the QR asks for, or nothing
  wrong_currency,          ///< not the account's, or not the QR's
  refund_exceeds_payment,  ///< more than is left of it
  insufficient_balance,
  balance_limit,    ///< the balance would pass what is kept exactly
  bad_signature,    ///< of the bank's call
  stale_signature,  ///< its time is too far from ours
  bank_disabled,    ///< no secret of the bank is configured
  unknown_webhook,
  unknown_delivery,   ///< no dead letter of that event
  event_forgotten,    ///< the log does not keep it any more
  too_many_webhooks,  ///< the account has as many as it may
  unavailable,
};

/// The `code` of a refusal.
[[nodiscard]] std::string_view wire_code(EventsErrc code) noexcept;
/// The HTTP status that goes with it.
[[nodiscard]] int http_status(EventsErrc code) noexcept;
/// A sentence for people.
[[nodiscard]] std::string_view message_text(EventsErrc code) noexcept;

/// An expected failure of this feature.
struct Refusal {
  EventsErrc code = EventsErrc::unavailable;
  std::string field;  ///< of the body
};

template <class T = void>
using Outcome = std::expected<T, Refusal>;

[[nodiscard]] inline std::unexpected<Refusal> refuse(EventsErrc code, std::string field = {}) {
  return std::unexpected{Refusal{.code = code, .field = std::move(field)}};
}
/// An engine's failure as clients see it; the detail goes to the log.
[[nodiscard]] std::unexpected<Refusal> refuse(const Error& error);

}  // namespace pulso::events
