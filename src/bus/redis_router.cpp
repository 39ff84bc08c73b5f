#include "bus/redis_router.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "ops/log.h"

namespace pulso::bus {
namespace {

/// Refusals by which a server says that it can't serve now and has executed nothing.
constexpr std::array<std::string_view, 6> unavailable_codes{"LOADING",    "BUSY",    "MASTERDOWN",
                                                            "NOREPLICAS", "MISCONF", "OOM"};

std::string encode(const RedisCommand& command, std::string_view identity, bool with_body) {
  std::vector<std::string_view> arguments;
  arguments.reserve(command.arguments.size() + 2);
  if (command.script) {
    arguments.emplace_back(with_body ? "EVAL" : "EVALSHA");
    arguments.emplace_back(with_body ? command.script->body() : command.script->sha1());
  }
  for (std::size_t index = 0; index < command.arguments.size(); ++index) {
    arguments.push_back(index == command.node_argument ? identity : std::string_view{command.arguments[index]});
  }
  std::string wire;
  append_command(wire, arguments);
  return wire;
}

}  // namespace

void fail_unsent(RedisRequest& request, std::string_view why) {
  request.done(fail(Errc::unavailable, std::string{why}));
}

RedisRouter::RedisRouter(boost::asio::io_context& context, RedisOptions options, ops::Metrics& metrics)
    : context_(context),
      options_(std::move(options)),
      engine_up_(
          metrics.gauge("pulso_engine_up", "Whether a needed engine answers (1) or not (0).", {{"engine", "redis"}})),
      resent_(metrics.counter("pulso_redis_resent_total", "Redis commands sent again after a redirect or refusal.")),
      retry_timer_(context) {
  engine_up_.set(0);
}

void RedisRouter::stop() {
  is_stopped_ = true;
  watchers_.clear();
  retry_timer_.cancel();
  const Error reason{Errc::cancelled, "the Redis client stops"};
  close_links(reason);
  for (const RedisRequestRef& request : std::exchange(retries_, {})) request->done(std::unexpected{reason});
  set_connected(false);
}

void RedisRouter::watch(const void* key, std::function<void()> on_change) {
  if (on_change) {
    watchers_[key] = std::move(on_change);
  } else {
    watchers_.erase(key);
  }
}

void RedisRouter::notify_watchers() {
  // A copy: watchers may come and go in a call.
  for (const auto& [key, on_change] : std::map{watchers_}) on_change();
}

void RedisRouter::set_connected(bool is_connected) {
  engine_up_.set(is_connected ? 1 : 0);
  is_connected_ = is_connected;
}

void RedisRouter::transmit(RedisLink& link, RedisRequestRef request, std::string_view identity) {
  if (++request->sendings > sendings_max) {
    fail_unsent(*request, "Redis redirects in circles");
    return;
  }
  if (request->sendings > 1) resent_.add();
  if (std::exchange(request->is_asking, false)) {
    std::string asking;
    append_command(asking, std::array<std::string_view, 1>{"ASKING"});
    link.send(asking, request->deadline, [](const Result<RedisReply>&) {});
  }
  // Sent in full once per connection, so that the pipelined commands behind it already find the script by its digest.
  const bool with_body = request->command.script && link.scripts().insert(request->command.script->sha1()).second;
  const std::string wire = encode(request->command, identity, with_body);
  const SteadyTime deadline = request->deadline;
  link.send(wire, deadline,
            [this, self = link.shared_from_this(), identity = std::string{identity}, request = std::move(request)](
                Result<RedisReply> reply) mutable { on_reply(self, std::move(request), identity, std::move(reply)); });
}

void RedisRouter::on_reply(const std::shared_ptr<RedisLink>& link, RedisRequestRef request, std::string_view identity,
                           Result<RedisReply> reply) {
  if (!reply || !reply->is_error() || is_stopped_) {
    request->done(std::move(reply));
    return;
  }
  if (request->command.script && reply->has_code("NOSCRIPT")) {
    link->scripts().erase(request->command.script->sha1());
    transmit(*link, std::move(request), identity);
    return;
  }
  if (reply->has_code("CROSSSLOT")) {
    ops::log_error("redis", "keys of one command are of several slots", {{"key", request->command.key}});
    request->done(fail(Errc::internal, "CROSSSLOT"));
    return;
  }
  redirect(*link, request, reply->error());
  if (!request) return;
  if (std::ranges::any_of(unavailable_codes, [&reply](auto code) { return reply->has_code(code); })) {
    request->done(fail(Errc::unavailable, std::string{reply->error()}));
    return;
  }
  request->done(std::move(reply));
}

void RedisRouter::retry_later(RedisRequestRef request) {
  if (is_stopped_ || std::chrono::steady_clock::now() + retry_pause >= request->deadline) {
    fail_unsent(*request, "Redis does not take commands now");
    return;
  }
  retries_.push_back(std::move(request));
  if (retries_.size() > 1) return;
  retry_timer_.expires_after(retry_pause);
  retry_timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    for (RedisRequestRef& waiting : std::exchange(retries_, {})) dispatch(std::move(waiting));
  });
}

}  // namespace pulso::bus
