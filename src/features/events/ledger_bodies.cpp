#include "features/events/ledger_bodies.h"

#include <optional>
#include <utility>

#include <boost/json/object.hpp>

#include "base/encoding.h"
#include "base/json_parse.h"
#include "base/random.h"

namespace pulso::events {
namespace {

namespace json = boost::json;

/// Reads members one after the other and remembers the first that is wrong.
class Members {
 public:
  static Outcome<Members> of(std::string_view body, bool may_be_empty = false) {
    if (body.empty() && may_be_empty) return Members{json::object{}};
    auto parsed = parse_json(body);
    if (!parsed) return refuse(EventsErrc::bad_json);
    json::object* object = parsed->if_object();
    if (!object) return refuse(EventsErrc::bad_message, "body");
    return Members{std::move(*object)};
  }

  /// Null where it is missing or null.
  const json::value* find(std::string_view name) {
    const json::value* value = object_.if_contains(name);
    return value && !value->is_null() ? value : nullptr;
  }
  std::string text(std::string_view name, std::size_t bytes_max = ledger_text_bytes_max) {
    const json::value* value = find(name);
    if (!value) return {};
    if (!value->is_string()) return bad(name), std::string{};
    std::string text{value->get_string()};
    if (text.size() > bytes_max || has_control_character(text)) return bad(name), std::string{};
    return text;
  }
  /// Without the blanks that others pad it with: it becomes an event's id, and those go in a header.
  std::string id(std::string_view name) { return std::string{trimmed(text(name, ledger_id_bytes_max))}; }
  bool flag(std::string_view name, bool otherwise) {
    const json::value* value = find(name);
    if (value && !value->is_bool()) bad(name);
    return value && value->is_bool() ? value->get_bool() : otherwise;
  }
  std::optional<WallTime> time(std::string_view name) {
    const json::value* value = find(name);
    if (!value) return std::nullopt;
    const auto time = value->is_string() ? parse_time(value->get_string()) : std::nullopt;
    if (!time) bad(name);
    return time;
  }
  std::optional<Amount> amount(std::string_view name, std::string_view currency) {
    const json::value* value = find(name);
    if (!value) return std::nullopt;
    const auto amount = parse_amount(*value, currency);
    if (!amount) bad(name);
    return amount;
  }
  std::string currency(std::string_view name, std::string_view otherwise) {
    std::string text = this->text(name);
    if (text.empty()) text = otherwise;
    if (!is_currency(text)) bad(name);
    return text;
  }
  void bad(std::string_view name) {
    if (wrong_.empty()) wrong_ = name;
  }

  template <class T>
  Outcome<T> give(T value) && {
    if (!wrong_.empty()) return refuse(EventsErrc::bad_message, std::move(wrong_));
    return value;
  }

 private:
  explicit Members(json::object object) : object_(std::move(object)) {}

  json::object object_;
  std::string wrong_;
};

}  // namespace

Outcome<Qr> parse_qr_body(std::string_view body, std::string_view default_currency, WallTime now) {
  auto members = Members::of(body);
  if (!members) return std::unexpected{members.error()};
  Qr qr;
  qr.currency = members->currency("currency", default_currency);
  qr.single_use = members->flag("singleUse", true);
  qr.modify_amount = members->flag("modifyAmount", false);
  const auto amount = members->amount("amount", qr.currency);
  qr.amount = amount.value_or(Amount{});
  if (!qr.modify_amount && qr.amount.units == 0) members->bad("amount");
  qr.description = members->text("description");
  qr.due = members->time("dueDate");
  if (qr.due && *qr.due <= now) members->bad("dueDate");
  qr.transaction_id = members->id("transactionId");
  return std::move(*members).give(std::move(qr));
}

Outcome<PaymentOrder> parse_payment_body(std::string_view body) {
  auto members = Members::of(body);
  if (!members) return std::unexpected{members.error()};
  PaymentOrder order;
  order.transaction_id = members->id("transactionId");
  if (order.transaction_id.empty()) members->bad("transactionId");
  order.currency = members->currency("currency", "");
  const auto amount = members->amount("amount", order.currency);
  if (!amount) members->bad("amount");
  order.amount = amount.value_or(Amount{});
  order.sender_name = members->text("senderName");
  order.sender_document_id = members->text("senderDocumentId", ledger_id_bytes_max);
  order.sender_account = members->text("senderAccount", ledger_id_bytes_max);
  order.sender_bank_code = members->text("senderBankCode", ledger_id_bytes_max / 2);
  order.description = members->text("description");
  order.paid_at = members->time("paymentDate");
  return std::move(*members).give(std::move(order));
}

Outcome<std::string> parse_settlement_body(std::string_view body) {
  auto members = Members::of(body, true);
  if (!members) return std::unexpected{members.error()};
  std::string source = members->text("syncSource", ledger_id_bytes_max);
  if (source.empty()) source = "bank_api";
  return std::move(*members).give(std::move(source));
}

Outcome<RefundOrder> parse_refund_body(std::string_view body, std::string_view currency) {
  auto members = Members::of(body, true);
  if (!members) return std::unexpected{members.error()};
  RefundOrder order;
  order.transaction_id = members->id("transactionId");
  order.refund_id = members->text("refundId", ledger_id_bytes_max);
  order.amount = members->amount("amount", currency);
  order.description = members->text("description");
  return std::move(*members).give(std::move(order));
}

Outcome<PaymentOrder> parse_demo_payment_body(std::string_view body, const Qr& qr) {
  auto members = Members::of(body, true);
  if (!members) return std::unexpected{members.error()};
  PaymentOrder order;
  order.transaction_id = members->id("transactionId");
  if (order.transaction_id.empty()) order.transaction_id = "DEMO_" + random_token();
  order.currency = qr.currency;
  order.amount = members->amount("amount", qr.currency).value_or(qr.amount);
  order.sender_name = members->text("senderName");
  order.sender_bank_code = "DEMO";
  order.description = qr.description;
  return std::move(*members).give(std::move(order));
}

}  // namespace pulso::events
