#include "features/events/ledger_rules.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace pulso::events {
namespace {

constexpr std::array<std::string_view, 5> status_texts{"active", "used", "completed", "expired", "cancelled"};

}  // namespace

std::string_view status_text(QrStatus status) noexcept {
  return status_texts[std::to_underlying(status)];
}

std::optional<QrStatus> parse_status(std::string_view text) noexcept {
  const auto found = std::ranges::find(status_texts, text);
  if (found == status_texts.end()) return std::nullopt;
  return static_cast<QrStatus>(found - status_texts.begin());
}

std::string_view movement_text(MovementType type) noexcept {
  return type == MovementType::qr_payment ? "qr_payment" : "qr_refund";
}

QrId make_qr_id(WallTime now, std::uint64_t random) {
  constexpr std::uint64_t bound = 100'000'000'000'000;
  const std::string digits = std::to_string(bound + random % bound).substr(1);
  const std::string date = format_time(now);
  return QrId{date.substr(2, 2) + date.substr(5, 2) + date.substr(8, 2) + digits};
}

QrId parse_qr_id(std::string_view text) {
  constexpr std::size_t qr_id_digits = 20;
  const bool is_id =
      text.size() == qr_id_digits && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  return QrId{std::string{is_id ? text : std::string_view{}}};
}

bool is_due(const Qr& qr, WallTime now) noexcept {
  return qr.status == QrStatus::active && qr.due && *qr.due <= now;
}

Outcome<QrStatus> status_after_payment(const Qr& qr, const PaymentOrder& order, WallTime now) {
  // One that is due is as good as expired, whether that was noticed or not.
  if (is_due(qr, now)) return refuse(EventsErrc::qr_expired);
  switch (qr.status) {
    case QrStatus::active:
      break;
    case QrStatus::used:
    case QrStatus::completed:
      return refuse(EventsErrc::qr_used);
    case QrStatus::expired:
      return refuse(EventsErrc::qr_expired);
    case QrStatus::cancelled:
      return refuse(EventsErrc::qr_cancelled);
  }
  if (order.currency != qr.currency) return refuse(EventsErrc::wrong_currency, "currency");
  if (order.amount.units <= 0) return refuse(EventsErrc::wrong_amount, "amount");
  if (!qr.modify_amount && order.amount != qr.amount) return refuse(EventsErrc::wrong_amount, "amount");
  return qr.single_use ? QrStatus::used : QrStatus::active;
}

Outcome<QrStatus> status_after_settlement(const Qr& qr) {
  const bool may = qr.status == QrStatus::active || qr.status == QrStatus::used || qr.status == QrStatus::completed;
  if (!may) return refuse(EventsErrc::qr_not_active);
  return QrStatus::completed;
}

Outcome<QrStatus> status_after_cancellation(const Qr& qr, WallTime now) {
  const bool may = qr.status == QrStatus::cancelled || (qr.status == QrStatus::active && !is_due(qr, now));
  if (!may) return refuse(EventsErrc::qr_not_active);
  return QrStatus::cancelled;
}

Outcome<Amount> amount_to_refund(const Payment& payment, const RefundOrder& order, const LedgerAccount& account) {
  const Amount left = payment.order.amount - payment.refunded;
  const Amount amount = order.amount.value_or(left);
  if (amount.units <= 0 || amount > left) return refuse(EventsErrc::refund_exceeds_payment, "amount");
  if (amount > account.available) return refuse(EventsErrc::insufficient_balance);
  return amount;
}

bool is_same_payment(const Payment& payment, const QrId& qr, const PaymentOrder& order) noexcept {
  return payment.qr == qr && payment.order.amount == order.amount && payment.order.currency == order.currency;
}

bool is_same_qr(const Qr& qr, const Qr& asked) noexcept {
  const auto asked_for = [](const Qr& each) {
    return std::tie(each.amount, each.currency, each.description, each.due, each.single_use, each.modify_amount);
  };
  return asked_for(qr) == asked_for(asked);
}

Movement move_balance(LedgerAccount& account, MovementType type, Amount amount, WallTime now) {
  Movement movement;
  movement.number = ++account.movements;
  movement.type = type;
  movement.amount = amount;
  movement.currency = account.currency;
  movement.previous_balance = account.balance;
  movement.previous_available = account.available;
  movement.new_balance = account.balance = account.balance + amount;
  movement.new_available = account.available = account.available + amount;
  movement.at = now;
  return movement;
}

}  // namespace pulso::events
