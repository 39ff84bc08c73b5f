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
  ops::log_warning("events", "an engine refused work", {{"error", error.message}});
  return refuse(EventsErrc::unavailable);
}

}  // namespace pulso::events
