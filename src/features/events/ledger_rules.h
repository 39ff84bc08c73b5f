#pragma once
#include "features/events/events_errors.h"
#include "features/events/ledger.h"

namespace pulso::events {

// What may happen to QRs and balances. Pure: the time is a parameter.

/// The date, then `random`, in decimal digits.
[[nodiscard]] QrId make_qr_id(WallTime now, std::uint64_t random);
/// Empty, which no QR is, where the text can't be one: not every text may be asked of a database.
[[nodiscard]] QrId parse_qr_id(std::string_view text);

[[nodiscard]] bool is_due(const Qr& qr, WallTime now) noexcept;

/// The status that a payment gives the QR, or why it is refused: `qr_used`, `qr_expired`, `qr_cancelled`,
/// `wrong_currency`, `wrong_amount`.
[[nodiscard]] Outcome<QrStatus> status_after_payment(const Qr& qr, const PaymentOrder& order, WallTime now);
/// The bank's word that it is done with the QR. `qr_not_active` where it was let go of before.
[[nodiscard]] Outcome<QrStatus> status_after_settlement(const Qr& qr);
[[nodiscard]] Outcome<QrStatus> status_after_cancellation(const Qr& qr, WallTime now);

/// How much of a payment an order gives back. `refund_exceeds_payment`, `insufficient_balance`.
[[nodiscard]] Outcome<Amount> amount_to_refund(const Payment& payment, const RefundOrder& order,
                                               const LedgerAccount& account);

/// Whether a second report tells the same payment as the first.
[[nodiscard]] bool is_same_payment(const Payment& payment, const QrId& qr, const PaymentOrder& order) noexcept;
/// Whether a merchant who names a sale a second time asks for the same QR.
[[nodiscard]] bool is_same_qr(const Qr& qr, const Qr& asked) noexcept;

/// Moves the balance and numbers the movement. The amount fits: see `amount_max`.
[[nodiscard]] Movement move_balance(LedgerAccount& account, MovementType type, Amount amount, WallTime now);

}  // namespace pulso::events
