#include "features/events/events_bodies.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/encoding.h"
#include "base/json_parse.h"
#include "base/json_write.h"

namespace pulso::events {
namespace {

namespace json = boost::json;

constexpr std::size_t account_bytes_max = 300;
constexpr std::size_t qr_bytes_max = 200;

/// A text, or an integer as its digits; empty where there is none.
Outcome<std::string> text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (!value || value->is_null()) return std::string{};
  if (value->is_string()) return std::string{value->get_string()};
  if (value->is_int64() || value->is_uint64()) return write_json(*value);
  return refuse(EventsErrc::bad_message, std::string{name});
}

/// Whether a client can say it in a header as it is.
bool comes_back(std::string_view id) {
  return trimmed(id) == id && !has_control_character(id);
}

Outcome<Publication> publication_of(const json::value& value) {
  const json::object* object = value.if_object();
  if (!object) return refuse(EventsErrc::bad_message, "body");
  Publication publication;
  auto account = text_of(*object, "accountId");
  if (!account) return std::unexpected{account.error()};
  if (account->size() > account_bytes_max) return refuse(EventsErrc::bad_message, "accountId");
  publication.account = AccountId{*std::move(account)};
  EventDraft& draft = publication.draft;
  const json::value* type = object->if_contains("type");
  if (!type || !type->is_string()) return refuse(EventsErrc::bad_message, "type");
  draft.type = type->get_string();
  if (is_reserved_type(draft.type)) return refuse(EventsErrc::reserved_type, "type");
  if (!is_event_type(draft.type)) return refuse(EventsErrc::bad_message, "type");
  auto id = text_of(*object, "id");
  if (!id) return std::unexpected{id.error()};
  draft.id = *std::move(id);
  if (draft.id.size() > event_id_bytes_max || !comes_back(draft.id) || is_reserved_id(draft.id)) {
    return refuse(EventsErrc::bad_message, "id");
  }
  const json::value* data = object->if_contains("data");
  if (!data) return refuse(EventsErrc::bad_message, "data");
  draft.data = write_json(*data);
  if (draft.data.size() > event_data_bytes_max) return refuse(EventsErrc::bad_message, "data");
  if (const json::object* members = data->if_object()) {
    if (const auto qr = text_of(*members, "qrId"); qr && qr->size() <= qr_bytes_max) draft.qr = *qr;
  }
  return publication;
}

}  // namespace

Outcome<PublishBody> parse_publish_body(std::string_view body) {
  const auto parsed = parse_json(body);
  if (!parsed) return refuse(EventsErrc::bad_json);
  PublishBody result;
  const json::array* batch = parsed->if_array();
  result.is_batch = batch != nullptr;
  if (!batch) {
    auto publication = publication_of(*parsed);
    if (!publication) return std::unexpected{publication.error()};
    result.publications.push_back(*std::move(publication));
    return result;
  }
  if (batch->empty()) return refuse(EventsErrc::bad_message, "body");
  if (batch->size() > publish_events_max) return refuse(EventsErrc::too_many);
  for (const json::value& value : *batch) {
    auto publication = publication_of(value);
    if (!publication) return std::unexpected{publication.error()};
    result.publications.push_back(*std::move(publication));
  }
  return result;
}

}  // namespace pulso::events
