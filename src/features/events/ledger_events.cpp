#include "features/events/ledger_events.h"

#include <charconv>

#include <boost/json/object.hpp>

#include "base/json_write.h"

namespace pulso::events {
namespace {

namespace json = boost::json;

constexpr std::size_t time_offset = 11;  ///< of `10:30:00` in `2024-01-15T10:30:00.000Z`
constexpr std::size_t time_bytes = 8;

}  // namespace

json::value account_json(std::string_view account) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(account.data(), account.data() + account.size(), number);
  const bool is_number = error == std::errc{} && std::to_string(number) == account;
  if (is_number) return number;
  return json::string{account};
}

json::value time_json(const std::optional<WallTime>& time) {
  return time ? json::value(format_time(*time)) : json::value{};
}

json::value qr_json(const Qr& qr) {
  return json::object{{"qrId", qr.id.value()},
                      {"transactionId", qr.transaction_id},
                      {"amount", amount_json(qr.amount, qr.currency)},
                      {"currency", qr.currency},
                      {"description", qr.description},
                      {"dueDate", time_json(qr.due)},
                      {"singleUse", qr.single_use},
                      {"modifyAmount", qr.modify_amount},
                      {"status", status_text(qr.status)},
                      {"paidAmount", amount_json(qr.paid, qr.currency)},
                      {"payments", qr.payments},
                      {"createdAt", format_time(qr.created)}};
}

json::value payment_json(const Payment& payment) {
  const PaymentOrder& order = payment.order;
  return json::object{{"qrId", payment.qr.value()},
                      {"transactionId", order.transaction_id},
                      {"movement", payment.movement},
                      {"amount", amount_json(order.amount, order.currency)},
                      {"currency", order.currency},
                      {"senderName", order.sender_name},
                      {"senderDocumentId", order.sender_document_id},
                      {"senderAccount", order.sender_account},
                      {"senderBankCode", order.sender_bank_code},
                      {"description", order.description},
                      {"paymentDate", time_json(order.paid_at)},
                      {"refundedAmount", amount_json(payment.refunded, order.currency)}};
}

json::value movement_json(const Movement& movement) {
  const std::string& currency = movement.currency;
  json::object object{{"number", movement.number},
                      {"movementType", movement_text(movement.type)},
                      {"amount", amount_json(movement.amount, currency)},
                      {"previousBalance", amount_json(movement.previous_balance, currency)},
                      {"newBalance", amount_json(movement.new_balance, currency)},
                      {"previousAvailableBalance", amount_json(movement.previous_available, currency)},
                      {"newAvailableBalance", amount_json(movement.new_available, currency)},
                      {"description", movement.description},
                      {"qrId", movement.qr.value()},
                      {"transactionId", movement.transaction_id},
                      {"currency", currency},
                      {"timestamp", format_time(movement.at)}};
  if (!movement.refund_id.empty()) object["refundId"] = movement.refund_id;
  return object;
}

json::value ledger_account_json(const LedgerAccount& account) {
  return json::object{{"accountId", account_json(account.id.value())},
                      {"balance", amount_json(account.balance, account.currency)},
                      {"availableBalance", amount_json(account.available, account.currency)},
                      {"currency", account.currency}};
}

EventDraft qr_created_event(const Qr& qr) {
  const json::object data{{"qrId", qr.id.value()},
                          {"transactionId", qr.transaction_id},
                          {"amount", amount_json(qr.amount, qr.currency)},
                          {"currency", qr.currency},
                          {"description", qr.description},
                          {"dueDate", time_json(qr.due)},
                          {"singleUse", qr.single_use},
                          {"modifyAmount", qr.modify_amount},
                          {"status", status_text(qr.status)}};
  return {.id = "qr_created_" + qr.id.value(), .type = "qr_created", .qr = qr.id.value(), .data = write_json(data)};
}

EventDraft qr_payment_event(const Qr& qr, const Payment& payment) {
  const PaymentOrder& order = payment.order;
  const std::string date = format_time(order.paid_at.value_or(WallTime{}));
  const json::object data{{"qrId", qr.id.value()},
                          {"transactionId", order.transaction_id},
                          {"amount", amount_json(order.amount, order.currency)},
                          {"currency", order.currency},
                          {"senderName", order.sender_name},
                          {"senderDocumentId", order.sender_document_id},
                          {"senderAccount", order.sender_account},
                          {"senderBankCode", order.sender_bank_code},
                          {"description", order.description},
                          {"paymentDate", date},
                          {"paymentTime", date.substr(time_offset, time_bytes)},
                          {"singleUse", qr.single_use},
                          {"newStatus", status_text(payment.new_status)},
                          {"newBalance", amount_json(payment.new_balance, order.currency)}};
  return {
      .id = "qr_payment_" + order.transaction_id, .type = "qr_payment", .qr = qr.id.value(), .data = write_json(data)};
}

EventDraft qr_status_change_event(const Qr& qr, QrStatus previous, std::string_view source, std::int64_t ms) {
  const json::object data{{"qrId", qr.id.value()},
                          {"previousStatus", status_text(previous)},
                          {"newStatus", status_text(qr.status)},
                          {"amount", amount_json(qr.amount, qr.currency)},
                          {"currency", qr.currency},
                          {"description", qr.description},
                          {"singleUse", qr.single_use},
                          {"dueDate", time_json(qr.due)},
                          {"syncSource", source}};
  return {.id = "qr_status_change_" + qr.id.value() + "_" + std::to_string(ms),
          .type = "qr_status_change",
          .qr = qr.id.value(),
          .data = write_json(data)};
}

EventDraft balance_update_event(const LedgerAccount& account, const Movement& movement, std::int64_t ms) {
  const std::string& currency = movement.currency;
  json::object data{{"accountId", account_json(account.id.value())},
                    {"movementType", movement_text(movement.type)},
                    {"amount", amount_json(movement.amount, currency)},
                    {"previousBalance", amount_json(movement.previous_balance, currency)},
                    {"newBalance", amount_json(movement.new_balance, currency)},
                    {"previousAvailableBalance", amount_json(movement.previous_available, currency)},
                    {"newAvailableBalance", amount_json(movement.new_available, currency)},
                    {"description", movement.description},
                    {"qrId", movement.qr.value()},
                    {"transactionId", movement.transaction_id},
                    {"currency", currency}};
  if (!movement.refund_id.empty()) data["refundId"] = movement.refund_id;
  return {.id = "balance_update_" + std::to_string(ms) + "_" + account.id.value(),
          .type = "account_balance_update",
          .qr = movement.qr.value(),
          .data = write_json(data)};
}

}  // namespace pulso::events
