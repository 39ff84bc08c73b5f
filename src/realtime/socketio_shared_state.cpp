#include "realtime/socketio_shared_state.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/sha256.h"
#include "ops/log.h"
#include "realtime/redis_scripts.h"

namespace pulso::realtime {

using boost::asio::awaitable;

namespace {

/// All of a namespace's are of one slot, as its channels are.
std::string key_of(std::string_view name_space, std::string_view what) {
  return fmt::format("pulso:sio:{{{}}}:{}", name_space, what);
}

/// The secret itself stays out of Redis, whose keys stand in its logs.
std::string key_of_secret(std::string_view name_space, std::string_view what, std::string_view private_id) {
  return key_of(name_space, fmt::format("{}:{}", what, base64url_encode(sha256(private_id))));
}

std::string session_key(std::string_view name_space, std::string_view private_id) {
  return key_of_secret(name_space, "session", private_id);
}

std::string own_key(std::string_view name_space, std::string_view private_id) {
  return key_of_secret(name_space, "own", private_id);
}

bus::RedisScript script(std::string_view name) {
  return bus::RedisScript{std::string{redis_script_text(name)}};
}

LogPosition position_of(const bus::RedisReply& id) {
  return SocketioLog::parse(id.string()).value_or(LogPosition{});
}

bus::RedisCommand read_command(std::string_view name_space, LogPosition position) {
  const std::string key = key_of(name_space, "log");
  return {.key = key,
          .arguments = {"XRANGE", key, "(" + SocketioLog::text_of(position), "+", "COUNT",
                        std::to_string(SocketioSharedState::page_size)}};
}

Result<std::vector<SocketioSharedState::Entry>> entries_of(Result<bus::RedisReply> answer) {
  auto reply = bus::checked(std::move(answer));
  if (!reply) return fail(reply);
  std::vector<SocketioSharedState::Entry> entries;
  for (const bus::RedisReply& entry : reply->array()) {
    entries.push_back({position_of(entry[0]), std::string{entry[1][1].string()}});
  }
  return entries;
}

/// What of it is behind the client's last event, in order; nothing when some of that has gone, or was never kept.
std::optional<std::vector<SocketioOwnEvent>> missed_own(const bus::RedisReply& log, const SocketioOffset& offset,
                                                        std::uint64_t& last_number) {
  std::vector<SocketioOwnEvent> missed;
  last_number = offset.own_number.value_or(0);
  bool is_first = true;
  for (const bus::RedisReply& text : log.array()) {
    auto event = decode_own_event(text.string());
    if (!event) return std::nullopt;
    const bool is_missed = offset.own_number ? event->number > *offset.own_number : event->behind >= offset.position;
    const bool may_have_more_before = log.array().size() >= SocketioSharedState::own_events_max;
    if (std::exchange(is_first, false) && is_missed && may_have_more_before) return std::nullopt;
    last_number = std::max(last_number, event->number);
    if (is_missed) missed.push_back(*std::move(event));
  }
  // Their order here is that of their arrival at Redis.
  std::ranges::sort(missed, {}, &SocketioOwnEvent::number);
  const auto is_gap = [](const SocketioOwnEvent& a, const SocketioOwnEvent& b) { return b.number != a.number + 1; };
  if (std::ranges::adjacent_find(missed, is_gap) != missed.end()) return std::nullopt;
  if (offset.own_number && !missed.empty() && missed.front().number != *offset.own_number + 1) return std::nullopt;
  return missed;
}

}  // namespace

std::optional<SocketioOffset> SocketioOffset::parse(std::string_view text) {
  const std::size_t dot = text.find('.');
  const auto position = SocketioLog::parse(text.substr(0, dot));
  if (!position) return std::nullopt;
  if (dot == std::string_view::npos) return SocketioOffset{*position, std::nullopt};
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + dot + 1, end, number);
  if (error != std::errc{} || at != end) return std::nullopt;
  return SocketioOffset{*position, number};
}

std::string SocketioOffset::text() const {
  const std::string text = SocketioLog::text_of(position);
  return own_number ? fmt::format("{}.{}", text, *own_number) : text;
}

SocketioSharedState::SocketioSharedState(bus::RedisClient& redis, const SocketioOptions& options, ops::Metrics& metrics)
    : redis_(redis),
      sent_(metrics.counter("pulso_bus_messages_total", "Messages between instances.", {{"direction", "out"}})),
      lost_(metrics.counter("pulso_bus_lost_total", "Messages that Redis was not there to take.")),
      window_(options.recovery_window),
      unnoticed_(options.engineio.ping_interval + options.engineio.ping_timeout),
      messages_max_(options.recovery_messages_max),
      publish_(script("publish")),
      append_own_(script("append_own")),
      keep_(script("keep_session")),
      claim_(script("claim_session")) {}

void SocketioSharedState::publish(const std::string& name_space, const std::vector<std::string>& channels,
                                  std::string payload, bool is_logged,
                                  std::move_only_function<void(Result<Published>)> done) {
  const milliseconds kept = is_logged && window_ ? log_lifetime() : milliseconds{0};
  std::vector<std::string> arguments{std::string{redis_.publish_command()}, std::move(payload),
                                     std::to_string(kept.count()), std::to_string(messages_max_)};
  arguments.insert(arguments.end(), channels.begin(), channels.end());
  redis_.send(
      bus::script_command(publish_, {key_of(name_space, "log"), key_of(name_space, "crowded")}, std::move(arguments)),
      [this, done = std::move(done)](Result<bus::RedisReply> answer) mutable {
        auto reply = bus::checked(std::move(answer));
        (reply ? sent_ : lost_).add();
        if (!reply) return done(fail(reply));
        done(Published{position_of((*reply)[0]), static_cast<std::size_t>((*reply)[1].integer().value_or(0))});
      });
}

void SocketioSharedState::read_log(const std::string& name_space, LogPosition position,
                                   std::move_only_function<void(Result<std::vector<Entry>>)> done) {
  redis_.send(read_command(name_space, position),
              [done = std::move(done)](Result<bus::RedisReply> reply) mutable { done(entries_of(std::move(reply))); });
}

awaitable<Result<void>> SocketioSharedState::read_log(std::string name_space, LogPosition position,
                                                      std::function<void(Entry)> take) {
  while (true) {
    auto entries = entries_of(co_await redis_.call(read_command(name_space, position)));
    if (!entries) co_return fail(entries);
    const bool is_last = entries->size() < page_size;
    for (Entry& entry : *entries) {
      position = entry.position;
      take(std::move(entry));
    }
    if (is_last) co_return Result<void>{};
  }
}

void SocketioSharedState::last_position(const std::string& name_space,
                                        std::move_only_function<void(Result<LogPosition>)> done) {
  const std::string key = key_of(name_space, "log");
  redis_.send({.key = key, .arguments = {"XREVRANGE", key, "+", "-", "COUNT", "1"}},
              [done = std::move(done)](Result<bus::RedisReply> answer) mutable {
                auto reply = bus::checked(std::move(answer));
                if (!reply) return done(fail(reply));
                done(position_of((*reply)[0][0]));
              });
}

awaitable<std::optional<SavedSession>> SocketioSharedState::claim(std::string name_space, std::string private_id,
                                                                  SocketioOffset offset,
                                                                  std::optional<std::string> user) {
  if (!window_) co_return std::nullopt;
  std::vector<std::string> arguments{std::to_string(connected_lifetime().count()),
                                     SocketioLog::text_of(offset.position), std::to_string(own_bytes_max)};
  if (user) arguments.push_back(*std::move(user));
  const auto reply =
      bus::checked(co_await redis_.eval(claim_,
                                        {session_key(name_space, private_id), own_key(name_space, private_id),
                                         key_of(name_space, "log"), key_of(name_space, "crowded")},
                                        std::move(arguments)));
  if (!reply || reply->array().empty()) co_return std::nullopt;
  auto rooms = decode_rooms((*reply)[2].string());
  if (!rooms) co_return std::nullopt;
  SavedSession session{.id = std::string{(*reply)[0].string()},
                       .private_id = std::move(private_id),
                       .user = std::string{(*reply)[1].string()},
                       .rooms = *std::move(rooms),
                       .offset = offset.position,
                       .is_settled = (*reply)[3].string() == "1",
                       .owner = static_cast<std::uint64_t>((*reply)[8].integer().value_or(0))};
  const bool is_last_still_there = (*reply)[6].integer() == 1;
  const bool is_reached = is_last_still_there || (session.is_settled && offset.position >= position_of((*reply)[5]));
  if (!is_reached) co_return std::nullopt;
  auto own = missed_own((*reply)[7], offset, session.own_last);
  if (!own) co_return std::nullopt;
  session.own_missed = *std::move(own);
  // A client that has heard nothing of the log yet has missed nothing of what was there before it came.
  const LogPosition from{static_cast<std::uint64_t>((*reply)[4].integer().value_or(0)), 0};
  session.offset = std::max(session.offset, from);
  co_return session;
}

void SocketioSharedState::save(const std::string& name_space, const SavedSession& session, bool is_over,
                               std::move_only_function<void()> taken) {
  const milliseconds lifetime = is_over ? *window_ : connected_lifetime();
  run(bus::script_command(keep_, {session_key(name_space, session.private_id), own_key(name_space, session.private_id)},
                          {std::to_string(session.owner), std::to_string(lifetime.count()),
                           std::to_string(session.age.count()), "id", session.id, "user", session.user, "rooms",
                           encode_rooms(session.rooms), "settled", session.is_settled ? "1" : "0"}),
      "a connection's state was not kept", std::move(taken));
}

void SocketioSharedState::forget(const std::string& name_space, const std::string& private_id, std::uint64_t owner) {
  run(bus::script_command(keep_, {session_key(name_space, private_id), own_key(name_space, private_id)},
                          {std::to_string(owner), "0"}),
      "a connection's state was not forgotten");
}

void SocketioSharedState::append_own(const std::string& name_space, const std::string& private_id,
                                     const SocketioOwnEvent& event) {
  run(bus::script_command(append_own_, {own_key(name_space, private_id)},
                          {encode_own_event(event), std::to_string(log_lifetime().count()),
                           std::to_string(own_events_max), std::to_string(connected_lifetime().count())}),
      "an event was not kept for a client that may come back");
}

void SocketioSharedState::run(bus::RedisCommand command, std::string_view what,
                              std::move_only_function<void()> refused) {
  redis_.send(std::move(command), [what, refused = std::move(refused)](Result<bus::RedisReply> answer) mutable {
    const auto reply = bus::checked(std::move(answer));
    if (!reply) return ops::log_debug("socketio", what, {{"error", reply.error().message}});
    if (reply->integer() == 0) refused();
  });
}

}  // namespace pulso::realtime
