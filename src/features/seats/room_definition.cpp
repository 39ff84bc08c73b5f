#include "features/seats/room_definition.h"

#include <algorithm>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json_parse.h"
#include "base/json_write.h"

namespace pulso::seats {
namespace {

namespace json = boost::json;

constexpr std::size_t definition_depth_max = 12;

/// Reads field by field; the first that is wrong ends it.
class DefinitionReader {
 public:
  explicit DefinitionReader(const json::object& source) : source_(source) {}

  Outcome<RoomDefinition> read() && {
    if (auto title = source_.if_contains("title")) {
      if (!title->is_string() || title->get_string().size() > room_title_bytes_max) return bad("title");
    }
    if (auto map = source_.if_contains("seat_map"); map && !map->is_null()) {
      if (auto read = read_seat_map(*map); !read) return std::unexpected{read.error()};
    }
    for (auto [name, member] : {std::pair{"opens_at", &result_.opens_at}, {"closes_at", &result_.closes_at}}) {
      const json::value* value = source_.if_contains(name);
      if (!value || value->is_null()) continue;
      if (!value->is_string()) return bad(name);
      *member = parse_time(std::string_view{value->get_string()});
      if (!*member) return bad(name);
    }
    if (result_.opens_at && result_.closes_at && *result_.opens_at >= *result_.closes_at) return bad("closes_at");
    if (auto access = source_.if_contains("access"); access && !access->is_null()) {
      if (!access->is_object()) return bad("access");
      result_.is_restricted = true;
      if (!read_names(access->get_object(), "users", result_.users)) return bad("access.users");
      if (!read_names(access->get_object(), "roles", result_.roles)) return bad("access.roles");
    }
    return std::move(result_);
  }

 private:
  static std::unexpected<Refusal> bad(std::string field) { return refuse(SeatsErrc::bad_message, std::move(field)); }

  Outcome<> read_seat_map(const json::value& value) {
    if (!value.is_object()) return bad("seat_map");
    const json::object& map = value.get_object();
    const json::value* categories = map.if_contains("categories");
    if (categories && !categories->is_object()) return bad("seat_map.categories");
    const json::value* rows = map.if_contains("rows");
    if (!rows || !rows->is_array()) return bad("seat_map.rows");
    result_.has_seat_map = true;
    for (const json::value& row : rows->get_array()) {
      const json::object* object = row.if_object();
      if (!object) return bad("seat_map.rows");
      const json::value* name = object->if_contains("row");
      if (!name || !name->is_string()) return bad("seat_map.rows.row");
      const json::value* seats = object->if_contains("seats");
      if (!seats || !seats->is_array()) return bad("seat_map.rows.seats");
      for (const json::value& seat : seats->get_array()) {
        if (auto read = read_seat(seat, categories ? &categories->get_object() : nullptr); !read) return read;
      }
    }
    return {};
  }

  Outcome<> read_seat(const json::value& value, const json::object* categories) {
    if (value.is_null()) return {};  // an aisle
    const json::object* seat = value.if_object();
    if (!seat) return bad("seat_map.rows.seats");
    const json::value* id = seat->if_contains("seat_id");
    if (!id || !id->is_string() || !is_identifier(std::string_view{id->get_string()})) return bad("seat_map.seat_id");
    if (auto category = seat->if_contains("category")) {
      if (!category->is_string() || !categories || !categories->contains(category->get_string())) {
        return bad("seat_map.category");
      }
    }
    const json::value* blocked = seat->if_contains("blocked");
    if (blocked && !blocked->is_bool()) return bad("seat_map.blocked");
    if (result_.seats.size() >= room_seats_max) return bad("seat_map.rows");
    const bool is_new =
        result_.seats.try_emplace(SeatId{std::string{id->get_string()}}, blocked && blocked->get_bool()).second;
    if (!is_new) return bad("seat_map.seat_id");
    return {};
  }

  static bool read_names(const json::object& access, std::string_view field, std::vector<std::string>& names) {
    const json::value* list = access.if_contains(field);
    if (!list) return true;
    if (!list->is_array() || list->get_array().size() > access_entries_max) return false;
    for (const json::value& name : list->get_array()) {
      if (!name.is_string() || name.get_string().empty()) return false;
      names.emplace_back(name.get_string());
    }
    return true;
  }

  const json::object& source_;
  RoomDefinition result_;
};

}  // namespace

bool RoomDefinition::admits(const auth::Principal& principal) const noexcept {
  if (!is_restricted) return true;
  if (!principal.user.empty() && std::ranges::find(users, principal.user.value()) != users.end()) return true;
  return std::ranges::any_of(roles, [&](const std::string& role) { return principal.has_role(role); });
}

bool RoomDefinition::is_open(WallTime now) const noexcept {
  return (!opens_at || now >= *opens_at) && (!closes_at || now < *closes_at);
}

Outcome<> RoomDefinition::check_seat(const SeatId& seat) const {
  if (!has_seat_map) return {};
  const auto found = seats.find(seat);
  if (found == seats.end()) return refuse(SeatsErrc::unknown_seat);
  if (found->second) return refuse(SeatsErrc::seat_blocked);
  return {};
}

Outcome<RoomDefinitionRef> parse_room_definition(std::string_view text) {
  auto parsed = parse_json(text, definition_depth_max);
  if (!parsed) return refuse(SeatsErrc::bad_json);
  json::object* object = parsed->if_object();
  if (!object) return refuse(SeatsErrc::bad_message, "body");
  Outcome<RoomDefinition> definition = DefinitionReader{*object}.read();
  if (!definition) return std::unexpected{std::move(definition.error())};
  object->erase("room_id");  // the path says it
  definition->text = write_json(*object);
  object->erase("access");
  definition->public_text = write_json(*object);
  return std::make_shared<const RoomDefinition>(std::move(*definition));
}

}  // namespace pulso::seats
