#include "features/seats/seats_messages.h"

#include <array>
#include <iterator>
#include <utility>

#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "base/json_parse.h"
#include "base/json_write.h"

namespace pulso::seats {
namespace {

namespace json = boost::json;

struct KindName {
  std::string_view name;
  MessageKind kind;
};
constexpr std::array kinds{
    KindName{"auth", MessageKind::auth},
    KindName{"join_room", MessageKind::join_room},
    KindName{"resume", MessageKind::resume},
    KindName{"leave_room", MessageKind::leave_room},
    KindName{"select_seat", MessageKind::select_seat},
    KindName{"release_seat", MessageKind::release_seat},
    KindName{"renew_seat", MessageKind::renew_seat},
    KindName{"ping", MessageKind::ping},
};

std::string_view string_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string_view{value->get_string()} : std::string_view{};
}

/// An identifier that is fit to be repeated in an answer, or empty.
std::string identifier_of(const json::object& object, std::string_view name) {
  const std::string_view text = string_of(object, name);
  return is_identifier(text) ? std::string{text} : std::string{};
}

/// A whole number from 0 up to 2^53, as JavaScript can hold it.
std::optional<std::uint64_t> offset_of(const json::object& object) {
  constexpr std::int64_t integer_max = std::int64_t{1} << 53;
  const json::value* value = object.if_contains("offset");
  if (!value) return std::nullopt;
  std::int64_t number = -1;
  if (value->is_int64()) {
    number = value->get_int64();
  } else if (value->is_double() && value->get_double() >= 0 &&
             value->get_double() <= static_cast<double>(integer_max)) {
    number = static_cast<std::int64_t>(value->get_double());
    if (static_cast<double>(number) != value->get_double()) return std::nullopt;
  }
  if (number < 0 || number > integer_max) return std::nullopt;
  return static_cast<std::uint64_t>(number);
}

std::string quoted(std::string_view text) {
  return write_json_string(text);
}

/// Writes `"name":` and a JSON string; for texts that may hold anything.
void add_text(std::string& out, std::string_view name, std::string_view text) {
  fmt::format_to(std::back_inserter(out), R"(,"{}":{})", name, quoted(text));
}

/// Identifiers, display names, times and tokens hold nothing that JSON escapes.
void add_plain(std::string& out, std::string_view name, std::string_view text) {
  fmt::format_to(std::back_inserter(out), R"(,"{}":"{}")", name, text);
}

void add_offset(std::string& out, std::uint64_t offset) {
  if (offset > 0) fmt::format_to(std::back_inserter(out), R"(,"offset":{})", offset);
}

void append_hold(std::string& out, const RoomId& room, const Hold& hold, bool is_own) {
  fmt::format_to(std::back_inserter(out), R"({{"client_id":"{}","seat_id":"{}","room_id":"{}","user_info":{})",
                 is_own ? hold.client_id : hold.display_name, hold.seat.value(), room.value(),
                 hold.user_info.empty() ? "{}" : hold.user_info);
  add_plain(out, "timestamp", format_time(hold.selected_at));
  add_plain(out, "expires_at", format_time(hold.expires_at));
  if (is_own) add_plain(out, "hold_id", hold.hold_id);
  out += '}';
}

/// `"selections":[…],"sold":[…]`: sold seats stand in both, since a plain client knows only the first.
void append_selections(std::string& out, const RoomId& room, const RoomSnapshot& snapshot, const OwnerId* viewer) {
  out += R"("selections":[)";
  bool is_first = true;
  for (const Hold& hold : snapshot.holds) {
    if (!std::exchange(is_first, false)) out += ',';
    append_hold(out, room, hold, viewer && hold.owner == *viewer);
  }
  for (const SoldSeat& sold : snapshot.sold) {
    if (!std::exchange(is_first, false)) out += ',';
    fmt::format_to(std::back_inserter(out),
                   R"({{"client_id":"{}","seat_id":"{}","room_id":"{}","user_info":{{}},"timestamp":"{}"}})",
                   sold.client_id, sold.seat.value(), room.value(), format_time(sold.sold_at));
  }
  out += R"(],"sold":[)";
  is_first = true;
  for (const SoldSeat& sold : snapshot.sold) {
    if (!std::exchange(is_first, false)) out += ',';
    fmt::format_to(std::back_inserter(out), R"("{}")", sold.seat.value());
  }
  out += ']';
}

std::string_view type_name(EventKind kind) {
  switch (kind) {
    case EventKind::selected:
      return "seat_selected";
    case EventKind::renewed:
      return "seat_renewed";
    case EventKind::sold:
      return "seat_sold";
    case EventKind::released:
    case EventKind::unsold:
      break;
  }
  return "seat_released";
}

}  // namespace

IncomingMessage parse_message(std::string_view text) {
  const auto parsed = parse_json(text, json_depth_max);
  if (!parsed) return std::unexpected{BadMessage{.refusal = {SeatsErrc::bad_json, {}, {}, {}}, .room = {}, .seat = {}}};

  const json::object* object = parsed->if_object();
  BadMessage bad{.refusal = {SeatsErrc::bad_message, "type", {}, {}}, .room = {}, .seat = {}};
  if (!object) return std::unexpected{std::move(bad)};
  bad.room = identifier_of(*object, "room_id");
  bad.seat = identifier_of(*object, "seat_id");
  const auto refuse_field = [&](std::string field) {
    bad.refusal.field = std::move(field);
    return std::unexpected{std::move(bad)};
  };

  const json::value* type = object->if_contains("type");
  if (!type || !type->is_string()) return refuse_field("type");
  const std::string_view name{type->get_string()};
  const KindName* known = nullptr;
  for (const KindName& kind : kinds) {
    if (kind.name == name) known = &kind;
  }
  if (!known) {
    bad.refusal.code = SeatsErrc::unknown_type;
    return refuse_field("type");
  }

  ClientMessage message;
  message.kind = known->kind;
  if (message.kind == MessageKind::ping) return message;
  if (message.kind == MessageKind::auth) {
    message.token = string_of(*object, "token");
    if (message.token.empty()) return refuse_field("token");
    return message;
  }
  if (bad.room.empty()) return refuse_field("room_id");
  message.room = RoomId{bad.room};
  if (message.kind == MessageKind::join_room || message.kind == MessageKind::leave_room) return message;
  if (message.kind == MessageKind::resume) {
    const auto offset = offset_of(*object);
    if (!offset) return refuse_field("offset");
    message.offset = *offset;
    return message;
  }
  if (bad.seat.empty()) return refuse_field("seat_id");
  message.seat = SeatId{bad.seat};
  if (message.kind != MessageKind::select_seat) return message;
  if (const json::value* info = object->if_contains("user_info"); info && !info->is_null()) {
    if (!info->is_object()) return refuse_field("user_info");
    message.user_info = info->get_object();
  }
  return message;
}

std::string encode_room_joined(const RoomId& room, std::string_view client_id, std::string_view session,
                               std::uint64_t offset, std::optional<bool> recovered) {
  std::string out = fmt::format(R"({{"type":"room_joined","room_id":"{}","client_id":"{}")", room.value(), client_id);
  if (!session.empty()) add_plain(out, "session", session);
  add_offset(out, offset);
  if (recovered) out += *recovered ? R"(,"recovered":true)" : R"(,"recovered":false)";
  out += '}';
  return out;
}

std::string encode_room_left(const RoomId& room, std::string_view client_id) {
  return fmt::format(R"({{"type":"room_left","room_id":"{}","client_id":"{}"}})", room.value(), client_id);
}

std::string encode_pong(WallTime now) {
  return fmt::format(R"({{"type":"pong","timestamp":"{}"}})", format_time(now));
}

std::string encode_error(const Refusal& refusal, std::string_view room, std::string_view seat) {
  std::string out = fmt::format(R"({{"type":"error","code":"{}")", wire_code(refusal.code));
  add_text(out, "message", message_text(refusal.code));
  if (!refusal.field.empty()) add_plain(out, "field", refusal.field);
  if (!room.empty()) add_plain(out, "room_id", room);
  if (!seat.empty()) add_plain(out, "seat_id", seat);
  if (refusal.expires_at) add_plain(out, "expires_at", format_time(*refusal.expires_at));
  out += '}';
  return out;
}

std::string encode_current_selections(const RoomId& room, const RoomSnapshot& snapshot, const OwnerId* viewer) {
  std::string out = fmt::format(R"({{"type":"current_selections","room_id":"{}",)", room.value());
  append_selections(out, room, snapshot, viewer);
  add_offset(out, snapshot.offset);
  fmt::format_to(std::back_inserter(out), R"(,"version":{}}})", snapshot.offset);
  return out;
}

std::string encode_selections_page(const RoomId& room, const RoomSnapshot& snapshot, const OwnerId* viewer) {
  std::string out = fmt::format(R"({{"room_id":"{}",)", room.value());
  append_selections(out, room, snapshot, viewer);
  fmt::format_to(std::back_inserter(out), R"(,"count":{},"version":{}}})", snapshot.holds.size() + snapshot.sold.size(),
                 snapshot.offset);
  return out;
}

std::string encode_change(const RoomId& room, const SeatChange& change, View view) {
  std::string out = fmt::format(R"({{"type":"{}",)", type_name(change.kind));
  if (change.kind == EventKind::sold) {
    out += R"("seats":[)";
    for (std::size_t i = 0; i < change.seats.size(); ++i) {
      fmt::format_to(std::back_inserter(out), R"({}"{}")", i == 0 ? "" : ",", change.seats[i].value());
    }
    out += ']';
  } else {
    fmt::format_to(std::back_inserter(out), R"("seat_id":"{}")", change.seats.front().value());
  }
  const bool is_own = view == View::owner;
  add_plain(out, "room_id", room.value());
  add_plain(out, "client_id", is_own ? change.client_id : change.display_name);
  if (change.kind == EventKind::selected) {
    fmt::format_to(std::back_inserter(out), R"(,"user_info":{})", change.user_info.empty() ? "{}" : change.user_info);
  }
  add_plain(out, "timestamp", format_time(change.at));
  if (change.expires_at) add_plain(out, "expires_at", format_time(*change.expires_at));
  if (is_own && !change.hold_id.empty() && change.kind != EventKind::released) {
    add_plain(out, "hold_id", change.hold_id);
  }
  if (is_own && change.kind == EventKind::sold) add_text(out, "reference", change.reference);
  if (change.kind == EventKind::unsold) out += R"(,"reason":"unsold")";
  if (change.reason == ReleaseReason::expired) out += R"(,"reason":"expired")";
  if (change.reason == ReleaseReason::disconnected) out += R"(,"reason":"disconnected")";
  add_offset(out, change.offset);
  out += '}';
  return out;
}

SeatChange change_of(EventKind kind, const Hold& hold) {
  SeatChange change;
  change.kind = kind;
  change.seats = {hold.seat};
  change.owner = hold.owner;
  change.client_id = hold.client_id;
  change.display_name = hold.display_name;
  change.user_info = hold.user_info;
  change.hold_id = hold.hold_id;
  change.at = hold.selected_at;
  change.expires_at = hold.expires_at;
  return change;
}

}  // namespace pulso::seats
