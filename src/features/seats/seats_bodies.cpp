#include "features/seats/seats_bodies.h"

#include <set>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/encoding.h"
#include "base/json_parse.h"
#include "base/json_write.h"
#include "features/seats/client.h"
#include "features/seats/seats_messages.h"

namespace pulso::seats {
namespace {

namespace json = boost::json;

constexpr std::size_t reference_bytes_max = 128;

Outcome<json::object> parse_object(std::string_view body) {
  auto parsed = parse_json(body, json_depth_max);
  if (!parsed) return refuse(SeatsErrc::bad_json);
  if (!parsed->is_object()) return refuse(SeatsErrc::bad_message, "body");
  return std::move(parsed->get_object());
}

/// An optional string; nothing said when it is absent, refused when it is something else.
Outcome<std::string> text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (!value || value->is_null()) return std::string{};
  if (!value->is_string() || value->get_string().empty()) return refuse(SeatsErrc::bad_message, std::string{name});
  return std::string{value->get_string()};
}

Outcome<std::vector<std::string>> texts_of(const json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  const json::value* value = object.if_contains(name);
  if (!value || value->is_null()) return texts;
  if (!value->is_array() || value->get_array().size() > confirm_seats_max) {
    return refuse(SeatsErrc::bad_message, std::string{name});
  }
  for (const json::value& text : value->get_array()) {
    if (!text.is_string()) return refuse(SeatsErrc::bad_message, std::string{name});
    texts.emplace_back(text.get_string());
  }
  return texts;
}

json::object parsed_public(const RoomDefinition& definition) {
  return json::parse(definition.public_text).as_object();
}

}  // namespace

Outcome<SeatBody> parse_seat_body(std::string_view body, std::string_view seat_id) {
  if (!is_identifier(seat_id)) return refuse(SeatsErrc::bad_message, "seat_id");
  SeatBody result{.seat = SeatId{std::string{seat_id}}, .client_id = {}, .user_info = {}};
  if (body.empty()) return result;
  Outcome<json::object> object = parse_object(body);
  if (!object) return std::unexpected{std::move(object.error())};
  Outcome<std::string> client_id = text_of(*object, "client_id");
  if (!client_id) return std::unexpected{std::move(client_id.error())};
  if (!client_id->empty() && !is_identifier(*client_id)) return refuse(SeatsErrc::bad_message, "client_id");
  result.client_id = std::move(*client_id);
  if (const json::value* info = object->if_contains("user_info"); info && !info->is_null()) {
    if (!info->is_object()) return refuse(SeatsErrc::bad_message, "user_info");
    result.user_info = info->get_object();
  }
  return result;
}

Outcome<ConfirmSeats> parse_confirm_body(std::string_view body) {
  Outcome<json::object> object = parse_object(body);
  if (!object) return std::unexpected{std::move(object.error())};
  ConfirmSeats command;
  Outcome<std::string> client_id = text_of(*object, "client_id");
  if (!client_id) return std::unexpected{std::move(client_id.error())};
  Outcome<std::string> user = text_of(*object, "user");
  if (!user) return std::unexpected{std::move(user.error())};
  if (client_id->empty() == user->empty()) return refuse(SeatsErrc::bad_message, "client_id");
  command.client_id = std::move(*client_id);
  if (!user->empty()) command.owner = owner_of_user(*user);

  Outcome<std::vector<std::string>> seats = texts_of(*object, "seats");
  if (!seats) return std::unexpected{std::move(seats.error())};
  std::set<std::string> distinct;
  for (std::string& seat : *seats) {
    if (!is_identifier(seat) || !distinct.insert(seat).second) return refuse(SeatsErrc::bad_message, "seats");
    command.seats.emplace_back(std::move(seat));
  }
  if (command.seats.empty()) return refuse(SeatsErrc::bad_message, "seats");

  Outcome<std::vector<std::string>> hold_ids = texts_of(*object, "hold_ids");
  if (!hold_ids) return std::unexpected{std::move(hold_ids.error())};
  if (!hold_ids->empty() && hold_ids->size() != command.seats.size()) return refuse(SeatsErrc::bad_message, "hold_ids");
  command.hold_ids = std::move(*hold_ids);

  Outcome<std::string> reference = text_of(*object, "reference");
  if (!reference) return std::unexpected{std::move(reference.error())};
  if (reference->empty() || reference->size() > reference_bytes_max || has_control_character(*reference)) {
    return refuse(SeatsErrc::bad_message, "reference");
  }
  command.reference = std::move(*reference);
  return command;
}

std::string encode_confirmation(const RoomId& room, std::string_view reference, std::span<const SeatId> seats) {
  json::array names;
  for (const SeatId& seat : seats) names.emplace_back(seat.value());
  return write_json(json::object{
      {"success", true}, {"room_id", room.value()}, {"reference", reference}, {"seats", std::move(names)}});
}

std::string encode_room(const RoomId& room, const RoomDefinition* definition) {
  json::object body{{"room_id", room.value()}, {"seat_map", nullptr}};
  if (definition) {
    for (auto& [key, value] : parsed_public(*definition)) body[key] = value;
  }
  return write_json(body);
}

std::string encode_room_summary(const RoomId& room, const RoomDefinition& definition) {
  json::object body{{"room_id", room.value()}, {"seat_count", definition.seats.size()}};
  const json::object full = parsed_public(definition);
  for (const std::string_view name : {"title", "opens_at", "closes_at"}) {
    if (const json::value* value = full.if_contains(name)) body[name] = *value;
  }
  return write_json(body);
}

}  // namespace pulso::seats
