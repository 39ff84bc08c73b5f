#pragma once
#include <string_view>

#include "features/events/events_errors.h"
#include "features/events/ledger.h"

namespace pulso::events {

inline constexpr std::size_t ledger_body_bytes_max = 16 * 1024;
inline constexpr std::size_t ledger_id_bytes_max = 128;
inline constexpr std::size_t ledger_text_bytes_max = 500;

// The bodies of the ledger's routes. What is missing or wrong is named by `Refusal::field`. Texts have no control
// characters.

/// `{amount, currency?, description?, dueDate?, singleUse?, modifyAmount?, transactionId?}`. The amount may be left out
/// where the payer chooses it.
[[nodiscard]] Outcome<Qr> parse_qr_body(std::string_view body, std::string_view default_currency, WallTime now);
/// `{transactionId, amount, currency, senderName?, senderDocumentId?, senderAccount?, senderBankCode?, description?,
/// paymentDate?}`.
[[nodiscard]] Outcome<PaymentOrder> parse_payment_body(std::string_view body);
/// `{syncSource?}`, or nothing.
[[nodiscard]] Outcome<std::string> parse_settlement_body(std::string_view body);
/// `{transactionId?, refundId?, amount?, description?}`, or nothing.
[[nodiscard]] Outcome<RefundOrder> parse_refund_body(std::string_view body, std::string_view currency);
/// What the demonstration's bank is told: `{amount?, senderName?, transactionId?}`, or nothing.
[[nodiscard]] Outcome<PaymentOrder> parse_demo_payment_body(std::string_view body, const Qr& qr);

}  // namespace pulso::events
