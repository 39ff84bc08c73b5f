#include "features/events/events_errors.h"

#include <array>

#include "base/error_table.h"
#include "ops/log.h"

namespace pulso::events {
namespace {

using Entry = ErrorEntry<EventsErrc>;

constexpr ErrorTable entries{std::array{
    Entry{EventsErrc::bad_json, "bad_json", 400, "The body is not valid JSON."},
    Entry{EventsErrc::bad_message, "bad_message", 422, "A field is missing, or its value is not valid."},
    Entry{EventsErrc::reserved_type, "reserved_type", 422, "Events of this type are not published by clients."},
    Entry{EventsErrc::too_many, "too_many", 413, "Too many events at once."},
    Entry{EventsErrc::unauthorized, "unauthorized", 401, "A valid credential is needed."},
    Entry{EventsErrc::forbidden, "forbidden", 403, "The credential does not allow this."},
    Entry{EventsErrc::no_account, "no_account", 403, "The credential belongs to no account."},
    Entry{EventsErrc::unknown_qr, "unknown_qr", 404, "There is no such QR."},
    Entry{EventsErrc::unknown_payment, "unknown_payment", 404, "The QR has no such payment."},
    Entry{EventsErrc::qr_used, "qr_used", 409, "The QR has been paid."},
    Entry{EventsErrc::qr_expired, "qr_expired", 409, "The QR has expired."},
    Entry{EventsErrc::qr_cancelled, "qr_cancelled", 409, "The QR was cancelled."},
    Entry{EventsErrc::qr_not_active, "qr_not_active", 409, "The QR is not active any more."},
    Entry{EventsErrc::transaction_conflict, "transaction_conflict", 409,
          "Something else was recorded under that id before."},
    Entry{EventsErrc::wrong_amount, "wrong_amount", 422, "The amount is not what the QR asks for."},
    Entry{EventsErrc::wrong_currency, "wrong_currency", 422, "The currency is another."},
    Entry{EventsErrc::refund_exceeds_payment, "refund_exceeds_payment", 422, "So much is not left of the payment."},
    Entry{EventsErrc::insufficient_balance, "insufficient_balance", 409, "The balance does not cover it."},
    Entry{EventsErrc::balance_limit, "balance_limit", 422, "The balance would be too large."},
    Entry{EventsErrc::bad_signature, "bad_signature", 401, "The call is not signed, or not by the bank."},
    Entry{EventsErrc::stale_signature, "stale_signature", 401, "The call was signed too long ago, or in the future."},
    Entry{EventsErrc::bank_disabled, "bank_disabled", 503, "No secret of the bank is configured here."},
    Entry{EventsErrc::unknown_webhook, "unknown_webhook", 404, "There is no such webhook."},
    Entry{EventsErrc::unknown_delivery, "unknown_delivery", 404, "There is no dead letter of that event."},
    Entry{EventsErrc::event_forgotten, "event_forgotten", 410, "The event is not kept any more."},
    Entry{EventsErrc::too_many_webhooks, "too_many_webhooks", 409, "The account has as many webhooks as it may."},
    Entry{EventsErrc::unavailable, "unavailable", 503, "The service is not available; try again."},
}};

}  // namespace

std::string_view wire_code(EventsErrc code) noexcept {
  return entries[code].wire;
}

int http_status(EventsErrc code) noexcept {
  return entries[code].status;
}

std::string_view message_text(EventsErrc code) noexcept {
  return entries[code].text;
}

std::unexpected<Refusal> refuse(const Error& error) {
  if (error.code == make_error_code(Errc::unauthorized)) return refuse(EventsErrc::unauthorized);
  if (error.code == make_error_code(Errc::forbidden)) return refuse(EventsErrc::forbidden);
  if (error.code == make_error_code(Errc::conflict)) return refuse(EventsErrc::transaction_conflict);
  ops::log_warning("events", "an engine refused work", {{"error", error.message}});
  return refuse(EventsErrc::unavailable);
}

}  // namespace pulso::events
