#include "features/seats/redis_seat_holds.h"

#include <array>
#include <charconv>
#include <utility>

#include <boost/json/array.hpp>

#include "base/json_write.h"
#include "features/seats/redis_codec.h"
#include "features/seats/redis_scripts.h"
#include "features/seats/seats_channels.h"
#include "ops/log.h"

namespace pulso::seats {

using boost::asio::awaitable;
using bus::RedisReply;

namespace {

constexpr std::array script_names{"load",     "join",          "leave",          "select",        "release",
                                  "renew",    "begin_confirm", "finish_confirm", "abort_confirm", "unsell",
                                  "snapshot", "changes_since", "expire",         "renew_lease"};

/// After this a script refuses to run; the client waits somewhat longer for its answer.
constexpr milliseconds run_deadline{1500};
/// How long a room that nobody touches stays in Redis beyond its longest hold.
constexpr milliseconds room_keep{24 * 60 * 60 * 1000};
/// What every script's answer begins with: status, time, next due time.
constexpr std::size_t head = 3;

std::vector<std::string> keys_of(const RoomId& room) {
  std::vector<std::string> keys;
  for (const std::string_view part : {"meta", "holds", "sold", "members", "names", "leases", "due", "log"}) {
    keys.push_back("pulso:{" + room.value() + "}:" + std::string{part});
  }
  return keys;
}

std::uint64_t offset_of(const RedisReply& reply) {
  return static_cast<std::uint64_t>(reply.integer().value_or(0));
}

boost::json::array names_of(const std::vector<SeatId>& seats) {
  boost::json::array names;
  for (const SeatId& seat : seats) names.emplace_back(seat.value());
  return names;
}

}  // namespace

RedisSeatHolds::RedisSeatHolds(Dependencies dependencies)
    : options_(dependencies.options),
      clock_(dependencies.clock),
      redis_(dependencies.redis),
      instance_(std::move(dependencies.instance)),
      load_room_(std::move(dependencies.load_room)),
      listener_(std::move(dependencies.listener)) {
  const std::string prelude{redis_script_text("prelude")};
  for (const char* name : script_names) {
    scripts_.emplace(name, bus::RedisScript{prelude + std::string{redis_script_text(name)}});
  }
}

std::int64_t RedisSeatHolds::grace_ms() const {
  return options_.disconnect_grace ? options_.disconnect_grace->count() : -1;
}

void RedisSeatHolds::note_connection(const RoomId& room, std::uint64_t connection, bool is_here) {
  const std::lock_guard lock{mutex_};
  if (is_here) {
    connections_[room].insert(connection);
    return;
  }
  const auto found = connections_.find(room);
  if (found == connections_.end()) return;
  found->second.erase(connection);
  if (found->second.empty()) connections_.erase(found);
}

void RedisSeatHolds::add_common(Arguments& arguments, const RoomId& room) const {
  arguments["deadline"] = (now() + run_deadline).time_since_epoch().count();
  arguments["hold_ttl"] = options_.hold_ttl.count();
  arguments["log_max"] = options_.resume_events_max;
  arguments["log_window"] = options_.resume_window.count();
  arguments["keep"] = (room_keep + options_.hold_ttl * (options_.max_renewals + 1)).count();
  arguments["publish"] = redis_.publish_command();
  arguments["channel"] = room_channel(room);
}

void RedisSeatHolds::note_clock(const RedisReply& reply) {
  const auto time = reply[1].integer();
  if (!time) return;
  clock_offset_ms_ = *time - clock_.now().time_since_epoch().count();
  knows_clock_ = true;
}

awaitable<void> RedisSeatHolds::read_clock() {
  auto reply = co_await redis_.call({.key = {}, .arguments = {"TIME"}, .script = {}, .node_argument = {}});
  if (!reply) co_return;
  const auto seconds = (*reply)[0].integer();
  if (!seconds) co_return;
  const std::int64_t time = *seconds * 1000 + (*reply)[1].integer().value_or(0) / 1000;
  clock_offset_ms_ = time - clock_.now().time_since_epoch().count();
  knows_clock_ = true;
}

awaitable<Outcome<RedisReply>> RedisSeatHolds::run_once(std::string_view script, RoomId room, Arguments arguments) {
  add_common(arguments, room);
  std::vector<std::string> keys = keys_of(room);
  const std::size_t key_count = keys.size();
  bus::RedisCommand command =
      bus::script_command(scripts_.find(script)->second, std::move(keys), {std::string{}, write_json(arguments)});
  command.node_argument = 1 + key_count;
  Result<RedisReply> reply = co_await redis_.call(std::move(command));
  if (!reply) co_return refuse(SeatsErrc::unavailable);
  if (reply->is_error()) {
    ops::log_error("seats", "a script failed", {{"script", script}, {"error", reply->error()}});
    co_return refuse(SeatsErrc::unavailable);
  }
  note_clock(*reply);
  if (const auto due = (*reply)[2].integer(); due && *due >= 0) listener_.on_due(room, WallTime{milliseconds{*due}});
  co_return std::move(*reply);
}

/// Runs it, bringing the room in from the database where Redis has lost it or never had it.
awaitable<Outcome<RedisReply>> RedisSeatHolds::run(std::string_view script, RoomId room, Arguments arguments) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    Outcome<RedisReply> reply = co_await run_once(script, room, arguments);
    if (!reply) co_return std::unexpected{std::move(reply.error())};
    const std::string_view status = (*reply)[0].string();
    if (status == "OK") co_return std::move(*reply);
    if (status != "NEEDLOAD") {
      Refusal refusal{
          .code = errc_of(status).value_or(SeatsErrc::unavailable), .field = {}, .expires_at = {}, .seat = {}};
      if (refusal.code == SeatsErrc::seat_taken) {
        refusal.expires_at = WallTime{milliseconds{(*reply)[head].integer().value_or(0)}};
      } else {
        refusal.seat = (*reply)[head].string();
      }
      co_return std::unexpected{std::move(refusal)};
    }
    if (auto loaded = co_await reload(room); !loaded) co_return std::unexpected{std::move(loaded.error())};
  }
  co_return refuse(SeatsErrc::unavailable);
}

awaitable<Outcome<>> RedisSeatHolds::run_plain(std::string_view script, RoomId room, Arguments arguments) {
  Outcome<RedisReply> reply = co_await run(script, std::move(room), std::move(arguments));
  if (!reply) co_return std::unexpected{std::move(reply.error())};
  co_return Outcome<>{};
}

awaitable<Outcome<>> RedisSeatHolds::reload(RoomId room) {
  Result<DurableRoom> durable = co_await load_room_(room);
  if (!durable) co_return refuse(durable.error());
  co_return co_await run_plain("load", room, {{"sold", encode_sold(durable->sold)}});
}

awaitable<Outcome<>> RedisSeatHolds::load(RoomId room) {
  if (!knows_clock_) co_await read_clock();
  co_return co_await run_plain("expire", std::move(room), {});
}

awaitable<Outcome<JoinAnswer>> RedisSeatHolds::join(RoomId room, Caller caller, std::optional<std::uint64_t> since) {
  Arguments arguments{{"owner", caller.owner.value()},
                      {"client_id", caller.client_id},
                      {"connection", std::to_string(caller.origin.connection)},
                      {"instance", instance_.value()},
                      {"lease", lease.count()}};
  if (since) arguments["since"] = *since;
  note_connection(room, caller.origin.connection, true);
  Outcome<RedisReply> reply = co_await run("join", room, std::move(arguments));
  if (!reply) {
    note_connection(room, caller.origin.connection, false);
    co_return std::unexpected{std::move(reply.error())};
  }
  JoinAnswer answer{.display_name = std::string{(*reply)[head].string()},
                    .offset = offset_of((*reply)[head + 1]),
                    .missed = {},
                    .snapshot = {}};
  if ((*reply)[head + 2].string() == "missed") {
    answer.missed = parse_changes((*reply)[head + 3]);
  } else {
    answer.snapshot = parse_snapshot(answer.offset, (*reply)[head + 3], (*reply)[head + 4]);
  }
  co_return answer;
}

awaitable<Outcome<>> RedisSeatHolds::leave(RoomId room, OwnerId owner, std::uint64_t connection) {
  note_connection(room, connection, false);
  co_return co_await run_plain("leave", std::move(room),
                               {{"owner", owner.value()},
                                {"connection", std::to_string(connection)},
                                {"instance", instance_.value()},
                                {"grace", grace_ms()}});
}

awaitable<Outcome<HoldAnswer>> RedisSeatHolds::select(RoomId room, Caller caller, SelectSeat command) {
  Outcome<RedisReply> reply = co_await run("select", std::move(room),
                                           {{"owner", caller.owner.value()},
                                            {"client_id", caller.client_id},
                                            {"seat", command.seat.value()},
                                            {"user_info", command.user_info},
                                            {"hold_id", command.hold_id},
                                            {"connection", std::to_string(caller.origin.connection)},
                                            {"command", caller.origin.command},
                                            {"max_seats", options_.max_seats},
                                            {"grace", grace_ms()}});
  if (!reply) co_return std::unexpected{std::move(reply.error())};
  auto hold = parse_hold(command.seat.value(), (*reply)[head].string());
  if (!hold) co_return refuse(SeatsErrc::unavailable);
  co_return HoldAnswer{std::move(*hold), offset_of((*reply)[head + 1])};
}

awaitable<Outcome<std::uint64_t>> RedisSeatHolds::release(RoomId room, Caller caller, SeatId seat) {
  Outcome<RedisReply> reply = co_await run("release", std::move(room),
                                           {{"owner", caller.owner.value()},
                                            {"seat", seat.value()},
                                            {"connection", std::to_string(caller.origin.connection)},
                                            {"command", caller.origin.command}});
  if (!reply) co_return std::unexpected{std::move(reply.error())};
  co_return offset_of((*reply)[head]);
}

awaitable<Outcome<HoldAnswer>> RedisSeatHolds::renew(RoomId room, Caller caller, SeatId seat) {
  Outcome<RedisReply> reply = co_await run("renew", std::move(room),
                                           {{"owner", caller.owner.value()},
                                            {"seat", seat.value()},
                                            {"connection", std::to_string(caller.origin.connection)},
                                            {"command", caller.origin.command},
                                            {"max_renewals", options_.max_renewals}});
  if (!reply) co_return std::unexpected{std::move(reply.error())};
  auto hold = parse_hold(seat.value(), (*reply)[head].string());
  if (!hold) co_return refuse(SeatsErrc::unavailable);
  co_return HoldAnswer{std::move(*hold), offset_of((*reply)[head + 1])};
}

awaitable<Outcome<std::vector<Hold>>> RedisSeatHolds::begin_confirm(RoomId room, ConfirmSeats command) {
  boost::json::array hold_ids;
  for (const std::string& id : command.hold_ids) hold_ids.emplace_back(id);
  Outcome<RedisReply> reply = co_await run("begin_confirm", std::move(room),
                                           {{"client_id", command.client_id},
                                            {"owner", command.owner.value()},
                                            {"seats", names_of(command.seats)},
                                            {"hold_ids", std::move(hold_ids)},
                                            {"reference", command.reference},
                                            {"confirm_lock", options_.confirm_lock.count()}});
  if (!reply) co_return std::unexpected{std::move(reply.error())};
  std::vector<Hold> holds = parse_seats_and_holds((*reply)[head]);
  if (holds.empty()) co_return refuse(SeatsErrc::unavailable);
  co_return holds;
}

awaitable<Outcome<>> RedisSeatHolds::finish_confirm(RoomId room, std::vector<SoldSeat> sold) {
  return run_plain("finish_confirm", std::move(room), {{"sold", encode_sold(sold)}});
}

awaitable<Outcome<>> RedisSeatHolds::abort_confirm(RoomId room, std::string reference) {
  return run_plain("abort_confirm", std::move(room), {{"reference", reference}});
}

awaitable<Outcome<>> RedisSeatHolds::unsell(RoomId room, SeatId seat) {
  return run_plain("unsell", std::move(room), {{"seat", seat.value()}});
}

awaitable<Outcome<RoomSnapshotRef>> RedisSeatHolds::snapshot(RoomId room) {
  Outcome<RedisReply> reply = co_await run("snapshot", std::move(room), {});
  if (!reply) co_return std::unexpected{std::move(reply.error())};
  co_return parse_snapshot(offset_of((*reply)[head]), (*reply)[head + 1], (*reply)[head + 2]);
}

awaitable<Outcome<std::optional<std::vector<SeatChange>>>> RedisSeatHolds::changes_since(RoomId room,
                                                                                         std::uint64_t offset) {
  using Missed = std::optional<std::vector<SeatChange>>;
  Outcome<RedisReply> reply = co_await run("changes_since", std::move(room), {{"since", offset}});
  if (!reply) co_return std::unexpected{std::move(reply.error())};
  if ((*reply)[head].string() != "missed") co_return Missed{};
  co_return Missed{parse_changes((*reply)[head + 1])};
}

awaitable<Outcome<ExpiryAnswer>> RedisSeatHolds::expire(RoomId room) {
  Outcome<RedisReply> reply = co_await run("expire", std::move(room), {});
  if (!reply) co_return std::unexpected{std::move(reply.error())};
  co_return ExpiryAnswer{.unverified = parse_seats_and_holds((*reply)[head])};
}

awaitable<void> RedisSeatHolds::renew_leases() {
  std::vector<RoomId> rooms;
  {
    const std::lock_guard lock{mutex_};
    for (const auto& [room, here] : connections_) rooms.push_back(room);
  }
  for (const RoomId& room : rooms) {
    // One that fails is tried again before the lease is over.
    static_cast<void>(
        co_await run_once("renew_lease", room, {{"instance", instance_.value()}, {"lease", lease.count()}}));
  }
}

bool RedisSeatHolds::on_bus_message(std::string_view channel, std::string_view payload) {
  const RoomId room = room_of_channel(channel);
  if (room.empty()) return false;
  if (auto change = parse_change(payload)) {
    if (change->expires_at) listener_.on_due(room, *change->expires_at);
    std::vector<SeatChange> changes;
    changes.push_back(std::move(*change));
    listener_.on_changes(room, std::move(changes));
  }
  return true;
}

bool RedisSeatHolds::on_bus_gap(std::string_view channel) {
  const RoomId room = room_of_channel(channel);
  if (room.empty()) return false;
  listener_.on_gap(room);
  return true;
}

}  // namespace pulso::seats
