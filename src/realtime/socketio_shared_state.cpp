#include "realtime/socketio_shared_state.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "ops/log.h"
#include "realtime/redis_scripts.h"

namespace pulso::realtime {

using boost::asio::awaitable;

namespace {

/// All of a namespace's are of one slot, as its channels are.
std::string key_of(std::string_view name_space, std::string_view what) {
  return fmt::format("pulso:sio:{{{}}}:{}", name_space, what);
}

std::string session_key(std::string_view name_space, std::string_view private_id) {
  return key_of(name_space, fmt::format("session:{}", private_id));
}

std::string own_key(std::string_view name_space, std::string_view private_id) {
  return key_of(name_space, fmt::format("own:{}", private_id));
}

bus::RedisScript script(std::string_view name) {
  return bus::RedisScript{std::string{redis_script_text(name)}};
}

std::unexpected<Error> failure_of(const Result<bus::RedisReply>& reply) {
  if (!reply) return std::unexpected{reply.error()};
  return fail(Errc::unavailable, "Redis: " + std::string{reply->error()});
}

bool failed(const Result<bus::RedisReply>& reply) {
  return !reply || reply->is_error();
}

LogPosition position_of(const bus::RedisReply& id) {
  return SocketioLog::parse(id.string()).value_or(LogPosition{});
}

bus::RedisCommand read_command(std::string_view name_space, LogPosition position) {
  const std::string key = key_of(name_space, "log");
  return {.key = key, .arguments = {"XRANGE", key, "(" + SocketioLog::text_of(position), "+"}};
}

Result<std::vector<SocketioSharedState::Entry>> entries_of(const Result<bus::RedisReply>& reply) {
  if (failed(reply)) return failure_of(reply);
  std::vector<SocketioSharedState::Entry> entries;
  for (const bus::RedisReply& entry : reply->array()) {
    entries.push_back({position_of(entry[0]), std::string{entry[1][1].string()}});
  }
  return entries;
}

/// What of it is behind the client's last event, in order; nothing when some of that has gone.
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

SocketioSharedState::SocketioSharedState(bus::RedisClient& redis, const SocketioOptions& options)
    : redis_(redis),
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
      [done = std::move(done)](const Result<bus::RedisReply>& reply) mutable {
        if (failed(reply)) return done(failure_of(reply));
        done(Published{position_of((*reply)[0]), static_cast<std::size_t>((*reply)[1].integer().value_or(0))});
      });
}

void SocketioSharedState::read_log(const std::string& name_space, LogPosition position,
                                   std::move_only_function<void(Result<std::vector<Entry>>)> done) {
  redis_.send(read_command(name_space, position),
              [done = std::move(done)](const Result<bus::RedisReply>& reply) mutable { done(entries_of(reply)); });
}

awaitable<Result<std::vector<SocketioSharedState::Entry>>> SocketioSharedState::read_log(std::string name_space,
                                                                                         LogPosition position) {
  co_return entries_of(co_await redis_.call(read_command(name_space, position)));
}

void SocketioSharedState::last_position(const std::string& name_space,
                                        std::move_only_function<void(Result<LogPosition>)> done) {
  const std::string key = key_of(name_space, "log");
  redis_.send({.key = key, .arguments = {"XREVRANGE", key, "+", "-", "COUNT", "1"}},
              [done = std::move(done)](const Result<bus::RedisReply>& reply) mutable {
                if (failed(reply)) return done(failure_of(reply));
                done(position_of((*reply)[0][0]));
              });
}

awaitable<std::optional<SavedSession>> SocketioSharedState::claim(std::string name_space, std::string private_id,
                                                                  SocketioOffset offset, std::string owner,
                                                                  std::optional<std::string> user) {
  if (!window_) co_return std::nullopt;
  std::vector<std::string> arguments{std::move(owner), std::to_string(connected_lifetime().count()),
                                     SocketioLog::text_of(offset.position)};
  if (user) arguments.push_back(*std::move(user));
  const auto reply = co_await redis_.eval(claim_,
                                          {session_key(name_space, private_id), own_key(name_space, private_id),
                                           key_of(name_space, "log"), key_of(name_space, "crowded")},
                                          std::move(arguments));
  if (failed(reply) || reply->array().empty()) co_return std::nullopt;
  auto rooms = decode_rooms((*reply)[2].string());
  if (!rooms) co_return std::nullopt;
  SavedSession session{.id = std::string{(*reply)[0].string()},
                       .private_id = std::move(private_id),
                       .user = std::string{(*reply)[1].string()},
                       .rooms = *std::move(rooms),
                       .offset = offset.position,
                       .is_settled = (*reply)[3].string() == "1"};
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

void SocketioSharedState::save(const std::string& name_space, const SavedSession& session, const std::string& owner,
                               bool is_over) {
  const milliseconds lifetime = is_over ? *window_ : connected_lifetime();
  run(bus::script_command(keep_, {session_key(name_space, session.private_id), own_key(name_space, session.private_id)},
                          {owner, std::to_string(lifetime.count()), "id", session.id, "user", session.user, "rooms",
                           encode_rooms(session.rooms), "settled", session.is_settled ? "1" : "0"}),
      "a connection's state was not kept");
}

void SocketioSharedState::forget(const std::string& name_space, const std::string& private_id,
                                 const std::string& owner) {
  run(bus::script_command(keep_, {session_key(name_space, private_id), own_key(name_space, private_id)}, {owner, "0"}),
      "a connection's state was not forgotten");
}

void SocketioSharedState::append_own(const std::string& name_space, const std::string& private_id,
                                     const SocketioOwnEvent& event) {
  run(bus::script_command(append_own_, {own_key(name_space, private_id)},
                          {encode_own_event(event), std::to_string(log_lifetime().count()),
                           std::to_string(own_events_max), std::to_string(connected_lifetime().count())}),
      "an event was not kept for a client that may come back");
}

void SocketioSharedState::run(bus::RedisCommand command, std::string_view what) {
  redis_.send(std::move(command), [what](const Result<bus::RedisReply>& reply) {
    if (failed(reply)) ops::log_debug("socketio", what, {{"error", failure_of(reply).error().message}});
  });
}

}  // namespace pulso::realtime
