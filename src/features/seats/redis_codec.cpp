#include "features/seats/redis_codec.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "ops/log.h"

namespace pulso::seats {
namespace {

namespace json = boost::json;

std::optional<json::object> parse_object(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) {
    ops::log_error("seats", "unreadable state in Redis");
    return std::nullopt;
  }
  return std::move(value.get_object());
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string{value->get_string()} : std::string{};
}

std::optional<std::int64_t> number_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (!value || !value->is_number()) return std::nullopt;
  return value->is_double() ? static_cast<std::int64_t>(value->get_double()) : value->to_number<std::int64_t>();
}

std::optional<WallTime> time_of(const json::object& object, std::string_view name) {
  const auto number = number_of(object, name);
  return number ? std::optional{WallTime{milliseconds{*number}}} : std::nullopt;
}

Hold hold_of(std::string_view seat, const json::object& object) {
  Hold hold;
  hold.seat = SeatId{std::string{seat}};
  hold.owner = OwnerId{text_of(object, "owner")};
  hold.client_id = text_of(object, "client_id");
  hold.display_name = text_of(object, "display_name");
  hold.user_info = text_of(object, "user_info");
  hold.hold_id = text_of(object, "hold_id");
  hold.selected_at = time_of(object, "selected_at").value_or(WallTime{});
  hold.expires_at = time_of(object, "expires_at").value_or(WallTime{});
  hold.renewals = static_cast<std::uint32_t>(number_of(object, "renewals").value_or(0));
  hold.confirming_until = time_of(object, "confirming_until");
  hold.reference = text_of(object, "reference");
  return hold;
}

std::optional<EventKind> kind_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, EventKind>, 5> kinds{{{"selected", EventKind::selected},
                                                                         {"released", EventKind::released},
                                                                         {"renewed", EventKind::renewed},
                                                                         {"sold", EventKind::sold},
                                                                         {"unsold", EventKind::unsold}}};
  for (const auto& [known, kind] : kinds) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

ReleaseReason reason_of(std::string_view name) {
  if (name == "expired") return ReleaseReason::expired;
  return name == "disconnected" ? ReleaseReason::disconnected : ReleaseReason::asked;
}

}  // namespace

std::optional<SeatChange> parse_change(std::string_view text) {
  const auto object = parse_object(text);
  if (!object) return std::nullopt;
  const auto kind = kind_of(text_of(*object, "kind"));
  const auto offset = number_of(*object, "offset");
  const json::value* seats = object->if_contains("seats");
  if (!kind || !offset || !seats || !seats->is_array() || seats->get_array().empty()) return std::nullopt;
  SeatChange change;
  change.kind = *kind;
  change.offset = static_cast<std::uint64_t>(*offset);
  for (const json::value& seat : seats->get_array()) {
    if (seat.is_string()) change.seats.emplace_back(std::string{seat.get_string()});
  }
  change.owner = OwnerId{text_of(*object, "owner")};
  change.client_id = text_of(*object, "client_id");
  change.display_name = text_of(*object, "display_name");
  change.user_info = text_of(*object, "user_info");
  change.hold_id = text_of(*object, "hold_id");
  change.reference = text_of(*object, "reference");
  change.at = time_of(*object, "at").value_or(WallTime{});
  change.expires_at = time_of(*object, "expires_at");
  change.reason = reason_of(text_of(*object, "reason"));
  // As text: 2^53 has more digits than Lua's JSON writes.
  const std::string connection = text_of(*object, "connection");
  std::from_chars(connection.data(), connection.data() + connection.size(), change.origin.connection);
  change.origin.command = static_cast<std::uint32_t>(number_of(*object, "command").value_or(0));
  return change;
}

std::optional<Hold> parse_hold(std::string_view seat, std::string_view text) {
  const auto object = parse_object(text);
  return object ? std::optional{hold_of(seat, *object)} : std::nullopt;
}

std::optional<Hold> parse_seat_and_hold(std::string_view text) {
  const auto object = parse_object(text);
  if (!object) return std::nullopt;
  const json::value* hold = object->if_contains("hold");
  if (!hold || !hold->is_object()) return std::nullopt;
  return hold_of(text_of(*object, "seat"), hold->get_object());
}

std::vector<SeatChange> parse_changes(const bus::RedisReply& texts) {
  std::vector<SeatChange> changes;
  for (const bus::RedisReply& text : texts.array()) {
    if (auto change = parse_change(text.string())) changes.push_back(std::move(*change));
  }
  return changes;
}

std::vector<Hold> parse_seats_and_holds(const bus::RedisReply& texts) {
  std::vector<Hold> holds;
  for (const bus::RedisReply& text : texts.array()) {
    if (auto hold = parse_seat_and_hold(text.string())) holds.push_back(std::move(*hold));
  }
  return holds;
}

RoomSnapshotRef parse_snapshot(std::uint64_t offset, const bus::RedisReply& holds, const bus::RedisReply& sold) {
  auto snapshot = std::make_shared<RoomSnapshot>();
  snapshot->offset = offset;
  for (std::size_t i = 0; i + 1 < holds.array().size(); i += 2) {
    if (auto hold = parse_hold(holds[i].string(), holds[i + 1].string())) snapshot->holds.push_back(std::move(*hold));
  }
  for (std::size_t i = 0; i + 1 < sold.array().size(); i += 2) {
    const auto object = parse_object(sold[i + 1].string());
    if (!object) continue;
    snapshot->sold.push_back({SeatId{std::string{sold[i].string()}}, text_of(*object, "client_id"),
                              text_of(*object, "reference"), time_of(*object, "sold_at").value_or(WallTime{})});
  }
  std::ranges::sort(snapshot->holds, {}, &Hold::seat);
  std::ranges::sort(snapshot->sold, {}, &SoldSeat::seat);
  return snapshot;
}

json::array encode_sold(const std::vector<SoldSeat>& sold) {
  json::array seats;
  for (const SoldSeat& seat : sold) {
    seats.push_back({{"seat", seat.seat.value()},
                     {"client_id", seat.client_id},
                     {"reference", seat.reference},
                     {"sold_at", seat.sold_at.time_since_epoch().count()}});
  }
  return seats;
}

}  // namespace pulso::seats
