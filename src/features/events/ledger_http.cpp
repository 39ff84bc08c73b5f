#include "features/events/ledger_http.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/encoding.h"
#include "base/json_write.h"
#include "features/events/ledger_bodies.h"
#include "features/events/ledger_events.h"
#include "features/events/ledger_rules.h"
#include "features/events/qr_picture.h"
#include "net/utf8.h"
#include "ops/log.h"

namespace pulso::events {

using net::HttpResponse;

namespace {

namespace json = boost::json;

constexpr std::size_t page_count = 50;
constexpr std::size_t page_count_max = 200;

HttpResponse answer(json::value data, int status = 200) {
  return HttpResponse::json(status, write_json(json::object{{"success", true}, {"data", std::move(data)}}));
}

Outcome<std::size_t> count_of(const net::HttpRequest& request) {
  const auto text = request.query_value("limit");
  if (!text) return page_count;
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), count);
  const bool is_good = error == std::errc{} && end == text->data() + text->size() && count > 0;
  if (!is_good) return refuse(EventsErrc::bad_message, "limit");
  return std::min(count, page_count_max);
}

Outcome<Page> page_of(const net::HttpRequest& request) {
  const auto count = count_of(request);
  if (!count) return std::unexpected{count.error()};
  return Page{.before = std::string{request.query_value("before").value_or("")}, .count = *count};
}

QrId qr_id_of(const net::HttpRequest& request) {
  return parse_qr_id(request.parameter("qr_id"));
}

AccountId account_of(const auth::PrincipalRef& principal) {
  return AccountId{principal->account};
}

template <class Value>
json::array array_of(const std::vector<Value>& values, json::value (*json_of)(const Value&)) {
  json::array array;
  for (const Value& value : values) array.push_back(json_of(value));
  return array;
}

/// What to ask for to get the next part: nothing when the list came to its end.
json::value next_before(const Page& page, std::size_t count, json::value last) {
  return count < page.count ? json::value{} : std::move(last);
}

}  // namespace

LedgerHttp::LedgerHttp(Dependencies dependencies) : d_(std::move(dependencies)) {
  if (!d_.bank_secret.empty()) bank_ = std::make_unique<BankSignature>(d_.bank_secret);
}

void LedgerHttp::add(net::Router& router, std::string method, std::string pattern, Handler handler,
                     std::size_t body_bytes_max) {
  router.add({.method = std::move(method),
              .pattern = std::move(pattern),
              .handler = [this, handler](Request& request) { return (this->*handler)(request); },
              .body_bytes_max = body_bytes_max});
}

void LedgerHttp::add_routes(net::Router& router) {
  add(router, "GET", "/account", &LedgerHttp::get_account);
  add(router, "GET", "/account/movements", &LedgerHttp::get_movements);
  add(router, "GET", "/account/payments", &LedgerHttp::get_account_payments);
  add(router, "GET", "/qr", &LedgerHttp::get_qrs);
  add(router, "POST", "/qr", &LedgerHttp::post_qr, ledger_body_bytes_max);
  add(router, "GET", "/qr/{qr_id}", &LedgerHttp::get_qr);
  add(router, "GET", "/qr/{qr_id}.svg", &LedgerHttp::get_svg);
  add(router, "GET", "/qr/{qr_id}.png", &LedgerHttp::get_png);
  add(router, "GET", "/qr/{qr_id}/payments", &LedgerHttp::get_payments);
  add(router, "POST", "/qr/{qr_id}/payments", &LedgerHttp::post_payment, ledger_body_bytes_max);
  add(router, "POST", "/qr/{qr_id}/payments/{transaction_id}/refund", &LedgerHttp::post_refund, ledger_body_bytes_max);
  add(router, "POST", "/qr/{qr_id}/refunds", &LedgerHttp::post_refund, ledger_body_bytes_max);
  add(router, "POST", "/qr/{qr_id}/cancellation", &LedgerHttp::post_cancellation, ledger_body_bytes_max);
  add(router, "POST", "/qr/{qr_id}/settlement", &LedgerHttp::post_settlement, ledger_body_bytes_max);
  if (d_.has_demo_bank) {
    add(router, "POST", "/demo/bank/{qr_id}/payments", &LedgerHttp::post_demo_payment, ledger_body_bytes_max);
  }
}

Outcome<> LedgerHttp::check_bank(const Request& request) const {
  if (!bank_) return refuse(EventsErrc::bank_disabled);
  const auto verdict = bank_->check(request.headers.get(BankSignature::header), request.method, request.target,
                                    request.body, d_.clock.now());
  if (verdict == BankSignature::Verdict::good) return {};
  ops::log_warning("events", "a call in the bank's name was refused",
                   {{"path", request.path}, {"remote_address", request.remote_address}});
  return refuse(verdict == BankSignature::Verdict::stale ? EventsErrc::stale_signature : EventsErrc::bad_signature);
}

LedgerHttp::Answer LedgerHttp::get_account(Request& request) {
  const auto principal = co_await d_.access.member(request);
  if (!principal) co_return d_.access.refused(principal.error());
  const auto account = co_await d_.service.account(account_of(*principal));
  if (!account) co_return d_.access.refused(account.error());
  co_return answer(ledger_account_json(*account));
}

LedgerHttp::Answer LedgerHttp::get_movements(Request& request) {
  const auto principal = co_await d_.access.member(request);
  if (!principal) co_return d_.access.refused(principal.error());
  const auto page = page_of(request);
  if (!page) co_return d_.access.refused(page.error());
  const auto movements = co_await d_.service.movements(account_of(*principal), *page);
  if (!movements) co_return d_.access.refused(movements.error());
  json::value last = movements->empty() ? json::value{} : json::value(movements->back().number);
  co_return answer(json::object{{"movements", array_of(*movements, movement_json)},
                                {"nextBefore", next_before(*page, movements->size(), std::move(last))}});
}

LedgerHttp::Answer LedgerHttp::get_account_payments(Request& request) {
  const auto principal = co_await d_.access.member(request);
  if (!principal) co_return d_.access.refused(principal.error());
  const auto page = page_of(request);
  if (!page) co_return d_.access.refused(page.error());
  const auto payments = co_await d_.service.payments(account_of(*principal), *page);
  if (!payments) co_return d_.access.refused(payments.error());
  json::value last = payments->empty() ? json::value{} : json::value(payments->back().movement);
  co_return answer(json::object{{"payments", array_of(*payments, payment_json)},
                                {"nextBefore", next_before(*page, payments->size(), std::move(last))}});
}

LedgerHttp::Answer LedgerHttp::get_qrs(Request& request) {
  const auto principal = co_await d_.access.member(request);
  if (!principal) co_return d_.access.refused(principal.error());
  const auto page = page_of(request);
  if (!page) co_return d_.access.refused(page.error());
  std::optional<QrStatus> status;
  if (const auto text = request.query_value("status"); text && !text->empty()) {
    status = parse_status(*text);
    if (!status) co_return d_.access.refused({EventsErrc::bad_message, "status"});
  }
  const auto qrs = co_await d_.service.qrs(account_of(*principal), status, *page);
  if (!qrs) co_return d_.access.refused(qrs.error());
  json::value last = qrs->empty() ? json::value{} : json::value(qrs->back().id.value());
  co_return answer(
      json::object{{"qrs", array_of(*qrs, qr_json)}, {"nextBefore", next_before(*page, qrs->size(), std::move(last))}});
}

LedgerHttp::Answer LedgerHttp::post_qr(Request& request) {
  const auto principal = co_await d_.access.merchant(request);
  if (!principal) co_return d_.access.refused(principal.error());
  const AccountId account = account_of(*principal);
  const auto owner = co_await d_.service.account(account);
  if (!owner) co_return d_.access.refused(owner.error());
  auto asked = parse_qr_body(request.body, owner->currency, d_.clock.now());
  if (!asked) co_return d_.access.refused(asked.error());
  asked->account = account;
  const auto created = co_await d_.service.create_qr(*std::move(asked));
  if (!created) co_return d_.access.refused(created.error());
  if (created->is_duplicate) co_return answer(qr_json(created->qr));
  d_.metrics.qrs.add();
  co_return answer(qr_json(created->qr), 201);
}

LedgerHttp::Answer LedgerHttp::get_qr(Request& request) {
  const auto principal = co_await d_.access.member(request);
  if (!principal) co_return d_.access.refused(principal.error());
  const auto qr = co_await d_.service.qr(qr_id_of(request));
  if (!qr) co_return d_.access.refused(qr.error());
  if (qr->account != account_of(*principal)) co_return d_.access.refused({EventsErrc::unknown_qr, {}});
  co_return answer(qr_json(*qr));
}

LedgerHttp::Answer LedgerHttp::send_picture(Request& request, bool is_png) {
  const auto qr = co_await d_.service.qr(qr_id_of(request));
  if (!qr) co_return d_.access.refused(qr.error());
  auto picture = is_png ? draw_qr_png(qr_text(*qr)) : draw_qr_svg(qr_text(*qr));
  if (!picture) co_return d_.access.refused(refuse(picture.error()).error());
  HttpResponse response = HttpResponse::text(200, *std::move(picture), is_png ? "image/png" : "image/svg+xml");
  response.headers.set("Cache-Control", "private, max-age=86400");
  co_return response;
}

LedgerHttp::Answer LedgerHttp::get_svg(Request& request) {
  return send_picture(request, false);
}

LedgerHttp::Answer LedgerHttp::get_png(Request& request) {
  return send_picture(request, true);
}

LedgerHttp::Answer LedgerHttp::get_payments(Request& request) {
  const auto principal = co_await d_.access.member(request);
  if (!principal) co_return d_.access.refused(principal.error());
  const auto count = count_of(request);
  if (!count) co_return d_.access.refused(count.error());
  const auto payments = co_await d_.service.payments(account_of(*principal), qr_id_of(request), *count);
  if (!payments) co_return d_.access.refused(payments.error());
  co_return answer(json::object{{"payments", array_of(*payments, payment_json)}});
}

LedgerHttp::Answer LedgerHttp::post_cancellation(Request& request) {
  const auto principal = co_await d_.access.merchant(request);
  if (!principal) co_return d_.access.refused(principal.error());
  const auto cancelled = co_await d_.service.cancel(account_of(*principal), qr_id_of(request));
  if (!cancelled) co_return d_.access.refused(cancelled.error());
  const Qr& qr = cancelled->qr;
  if (d_.audit && !cancelled->is_duplicate) d_.audit->record(**principal, "events.cancel_qr", qr.id.value());
  co_return answer(qr_json(qr));
}

HttpResponse LedgerHttp::paid(const Outcome<ReceivedPayment>& received) {
  if (!received) return d_.access.refused(received.error());
  if (!received->is_duplicate) d_.metrics.payments.add();
  const Payment& payment = received->payment;
  return answer(json::object{{"qrId", payment.qr.value()},
                             {"transactionId", payment.order.transaction_id},
                             {"amount", amount_json(payment.order.amount, payment.order.currency)},
                             {"currency", payment.order.currency},
                             {"newStatus", status_text(payment.new_status)},
                             {"newBalance", amount_json(payment.new_balance, payment.order.currency)},
                             {"duplicate", received->is_duplicate}});
}

LedgerHttp::Answer LedgerHttp::post_payment(Request& request) {
  if (const auto signature = check_bank(request); !signature) co_return d_.access.refused(signature.error());
  auto order = parse_payment_body(request.body);
  if (!order) co_return d_.access.refused(order.error());
  co_return paid(co_await d_.service.pay(qr_id_of(request), *std::move(order)));
}

LedgerHttp::Answer LedgerHttp::post_settlement(Request& request) {
  if (const auto signature = check_bank(request); !signature) co_return d_.access.refused(signature.error());
  auto source = parse_settlement_body(request.body);
  if (!source) co_return d_.access.refused(source.error());
  const auto qr = co_await d_.service.settle(qr_id_of(request), *std::move(source));
  if (!qr) co_return d_.access.refused(qr.error());
  co_return answer(qr_json(*qr));
}

LedgerHttp::Answer LedgerHttp::post_refund(Request& request) {
  const auto principal = co_await d_.access.merchant(request);
  if (!principal) co_return d_.access.refused(principal.error());
  const AccountId account = account_of(*principal);
  const auto owner = co_await d_.service.account(account);
  if (!owner) co_return d_.access.refused(owner.error());
  auto order = parse_refund_body(request.body, owner->currency);
  if (!order) co_return d_.access.refused(order.error());
  const std::string_view in_path = request.parameter("transaction_id");
  if (!in_path.empty()) order->transaction_id = net::is_valid_utf8(in_path) ? trimmed(in_path) : std::string_view{};
  if (in_path.empty() && order->transaction_id.empty()) {
    co_return d_.access.refused({EventsErrc::bad_message, "transactionId"});
  }
  const auto made = co_await d_.service.refund(account, qr_id_of(request), *std::move(order));
  if (!made) co_return d_.access.refused(made.error());
  const Movement& movement = made->movement;
  if (!made->is_duplicate) {
    d_.metrics.refunds.add();
    if (d_.audit) {
      d_.audit->record(**principal, "events.refund", movement.qr.value() + "/" + movement.transaction_id,
                       movement.refund_id);
    }
  }
  co_return answer(json::object{{"refundId", movement.refund_id},
                                {"qrId", movement.qr.value()},
                                {"transactionId", movement.transaction_id},
                                {"amount", amount_json(-movement.amount, movement.currency)},
                                {"currency", movement.currency},
                                {"refundedAmount", amount_json(made->refunded, movement.currency)},
                                {"newBalance", amount_json(movement.new_balance, movement.currency)},
                                {"duplicate", made->is_duplicate}});
}

LedgerHttp::Answer LedgerHttp::post_demo_payment(Request& request) {
  const auto qr = co_await d_.service.qr(qr_id_of(request));
  if (!qr) co_return d_.access.refused(qr.error());
  auto order = parse_demo_payment_body(request.body, *qr);
  if (!order) co_return d_.access.refused(order.error());
  co_return paid(co_await d_.service.pay(qr->id, *std::move(order)));
}

}  // namespace pulso::events
