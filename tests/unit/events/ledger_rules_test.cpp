#include "features/events/ledger_rules.h"

#include <gtest/gtest.h>

namespace pulso::events {
namespace {

constexpr WallTime now{milliseconds{1'000'000}};

Qr qr_of(QrStatus status = QrStatus::active, bool single_use = true) {
  Qr qr;
  qr.amount = {500};
  qr.currency = "BOB";
  qr.status = status;
  qr.single_use = single_use;
  return qr;
}

PaymentOrder order_of(std::int64_t units, std::string currency = "BOB") {
  PaymentOrder order;
  order.amount = {units};
  order.currency = std::move(currency);
  return order;
}

EventsErrc refusal_of(const Outcome<QrStatus>& outcome) {
  return outcome ? EventsErrc{} : outcome.error().code;
}

TEST(LedgerRules, a_payment_uses_a_single_use_qr_up_and_no_other) {
  EXPECT_EQ(status_after_payment(qr_of(), order_of(500), now), QrStatus::used);
  EXPECT_EQ(status_after_payment(qr_of(QrStatus::active, false), order_of(500), now), QrStatus::active);
}

TEST(LedgerRules, a_payment_fits_the_qr) {
  EXPECT_EQ(refusal_of(status_after_payment(qr_of(), order_of(501), now)), EventsErrc::wrong_amount);
  EXPECT_EQ(refusal_of(status_after_payment(qr_of(), order_of(500, "USD"), now)), EventsErrc::wrong_currency);
  Qr open = qr_of();
  open.modify_amount = true;
  EXPECT_EQ(status_after_payment(open, order_of(1), now), QrStatus::used);
  EXPECT_EQ(refusal_of(status_after_payment(open, order_of(0), now)), EventsErrc::wrong_amount);
}

TEST(LedgerRules, a_qr_that_is_over_takes_no_payment) {
  EXPECT_EQ(refusal_of(status_after_payment(qr_of(QrStatus::used), order_of(500), now)), EventsErrc::qr_used);
  EXPECT_EQ(refusal_of(status_after_payment(qr_of(QrStatus::completed), order_of(500), now)), EventsErrc::qr_used);
  EXPECT_EQ(refusal_of(status_after_payment(qr_of(QrStatus::expired), order_of(500), now)), EventsErrc::qr_expired);
  EXPECT_EQ(refusal_of(status_after_payment(qr_of(QrStatus::cancelled), order_of(500), now)), EventsErrc::qr_cancelled);
}

TEST(LedgerRules, a_qr_is_over_at_its_due_date_whether_that_was_noticed_or_not) {
  Qr qr = qr_of();
  qr.due = now;
  EXPECT_TRUE(is_due(qr, now));
  EXPECT_FALSE(is_due(qr, now - milliseconds{1}));
  EXPECT_EQ(refusal_of(status_after_payment(qr, order_of(500), now)), EventsErrc::qr_expired);
  EXPECT_EQ(refusal_of(status_after_cancellation(qr, now)), EventsErrc::qr_not_active);
  qr.status = QrStatus::used;
  EXPECT_FALSE(is_due(qr, now));
}

TEST(LedgerRules, settlement_and_cancellation_said_twice_change_nothing) {
  EXPECT_EQ(status_after_settlement(qr_of(QrStatus::used)), QrStatus::completed);
  EXPECT_EQ(status_after_settlement(qr_of(QrStatus::completed)), QrStatus::completed);
  EXPECT_EQ(refusal_of(status_after_settlement(qr_of(QrStatus::cancelled))), EventsErrc::qr_not_active);
  EXPECT_EQ(status_after_cancellation(qr_of(QrStatus::cancelled), now), QrStatus::cancelled);
  EXPECT_EQ(refusal_of(status_after_cancellation(qr_of(QrStatus::used), now)), EventsErrc::qr_not_active);
}

TEST(LedgerRules, movements_chain) {
  LedgerAccount account{.id = AccountId{"1"}, .currency = "BOB", .balance = {}, .available = {}};
  const Movement in = move_balance(account, MovementType::qr_payment, {500}, now);
  const Movement out = move_balance(account, MovementType::qr_refund, {-200}, now);
  EXPECT_EQ(in.number, 1);
  EXPECT_EQ(out.number, 2);
  EXPECT_EQ(in.new_balance, out.previous_balance);
  EXPECT_EQ(account.balance, Amount{300});
  EXPECT_EQ(account.available, Amount{300});
}

TEST(LedgerRules, a_refund_is_of_what_is_left_and_what_is_there) {
  Payment payment;
  payment.order.amount = {500};
  payment.refunded = {100};
  LedgerAccount account{.id = AccountId{"1"}, .currency = "BOB", .balance = {1000}, .available = {1000}};
  EXPECT_EQ(amount_to_refund(payment, {}, account), Amount{400});
  RefundOrder order;
  order.amount = Amount{401};
  EXPECT_EQ(amount_to_refund(payment, order, account).error().code, EventsErrc::refund_exceeds_payment);
  account.available = {399};
  EXPECT_EQ(amount_to_refund(payment, {}, account).error().code, EventsErrc::insufficient_balance);
}

}  // namespace
}  // namespace pulso::events
