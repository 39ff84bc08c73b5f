#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "features/events/account_event.h"
#include "features/events/money.h"

namespace pulso::events {

/// 20 digits: the day, and what nobody guesses.
using QrId = StrongId<struct QrTag>;

enum class QrStatus : std::uint8_t {
  active,
  used,       ///< a single-use QR was paid
  completed,  ///< the bank has settled it
  expired,
  cancelled,
};
[[nodiscard]] std::string_view status_text(QrStatus status) noexcept;
[[nodiscard]] std::optional<QrStatus> parse_status(std::string_view text) noexcept;

/// A QR that its account asks to be paid by.
struct Qr {
  QrId id;
  AccountId account;
  std::int64_t number = 0;     ///< counts from 1 within the account
  std::string transaction_id;  ///< the merchant's own name for the sale; unique within the account
  Amount amount;               ///< with `modify_amount`, what is suggested; may be 0 then
  std::string currency;
  std::string description;
  std::optional<WallTime> due;
  bool single_use = true;
  bool modify_amount = false;  ///< whether the payer chooses the amount
  QrStatus status = QrStatus::active;
  Amount paid;  ///< by all payments, whether refunded or not
  std::int64_t payments = 0;
  WallTime created;
};

/// What the bank reports.
struct PaymentOrder {
  std::string transaction_id;  ///< the bank's; a second report of it counts once
  Amount amount;
  std::string currency;
  std::string sender_name;
  std::string sender_document_id;
  std::string sender_account;
  std::string sender_bank_code;
  std::string description;
  std::optional<WallTime> paid_at;  ///< when it was reported, unless the bank says otherwise
};

struct Payment {
  PaymentOrder order;
  QrId qr;
  std::int64_t movement = 0;
  QrStatus new_status = QrStatus::active;  ///< what it made of the QR
  Amount new_balance;
  Amount refunded;
};

/// What is held for one merchant.
struct LedgerAccount {
  AccountId id;
  std::string currency;
  Amount balance;
  Amount available;
  std::int64_t movements = 0;  ///< the last movement's number
  std::int64_t qrs = 0;        ///< the last QR's
};

enum class MovementType : std::uint8_t { qr_payment, qr_refund };
[[nodiscard]] std::string_view movement_text(MovementType type) noexcept;

/// A change of an account's balance. Each starts where the one before it ended.
struct Movement {
  std::int64_t number = 0;  ///< counts from 1 within the account, without gaps
  MovementType type = MovementType::qr_payment;
  Amount amount;  ///< negative for what leaves the account
  std::string currency;
  Amount previous_balance, new_balance;
  Amount previous_available, new_available;
  QrId qr;
  std::string transaction_id;
  std::string refund_id;     ///< of refunds
  std::string counter_book;  ///< where the money came from or went to: `bank:BANECO`
  std::string description;
  WallTime at;
};

struct RefundOrder {
  std::string transaction_id;    ///< of the payment
  std::string refund_id;         ///< empty: one is made. A second order of one counts once
  std::optional<Amount> amount;  ///< what is left, when nothing is said
  std::string description;
};

}  // namespace pulso::events
