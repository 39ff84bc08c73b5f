#include "features/tracks/redis_playback_states.h"

#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/random.h"
#include "features/tracks/playback_codec.h"
#include "features/tracks/redis_scripts.h"

namespace pulso::tracks {

using boost::asio::awaitable;

namespace {

std::string key_of(const UserId& user) {
  return "pulso:tracks:playback:" + user.value();
}

/// Spreads those who race for one user.
awaitable<void> pause_a_little() {
  boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor};
  timer.expires_after(milliseconds{random_below(4)});
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace

RedisPlaybackStates::RedisPlaybackStates(const Clock& clock, bus::RedisClient& redis)
    : clock_(clock), redis_(redis), save_script_(std::string{redis_script_text("save_playback")}) {}

awaitable<Result<RedisPlaybackStates::Read>> RedisPlaybackStates::read(std::string key) {
  auto reply = bus::checked(co_await redis_.call({.key = key, .arguments = {"HMGET", key, "revision", "state"}}));
  if (!reply) co_return fail(reply);
  Read read;
  read.revision = (*reply)[0].string();
  if (auto state = read.revision.empty() ? std::nullopt : parse_playback((*reply)[1].string())) {
    read.state = *std::move(state);
  }
  co_return read;
}

awaitable<Result<Playback>> RedisPlaybackStates::decide(UserId user, Rule rule, Announce announce) {
  const std::string key = key_of(user);
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    if (attempt > 1) co_await pause_a_little();
    auto read = co_await this->read(key);
    if (!read) co_return fail(read);
    const WallTime time = now();
    Playback next = std::move(read->state);
    const Decision decision = rule(next, time);
    if (decision.is_changed) {
      auto reply = bus::checked(co_await redis_.eval(
          save_script_, {key},
          {read->revision, std::to_string(next.revision), encode_playback(next), std::to_string(lifetime.count())}));
      if (!reply) co_return fail(reply);
      if (reply->integer() != 1) continue;
    }
    announce(next, decision, time);
    co_return next;
  }
  co_return fail(Errc::unavailable, "too many devices of one user decide at once");
}

awaitable<void> RedisPlaybackStates::maintain() {
  const WallTime asked_at = clock_.now();
  auto reply = co_await redis_.call({.key = {}, .arguments = {"TIME"}});
  const WallTime answered_at = clock_.now();
  if (!reply || !reply->is_array()) co_return;  // the offset known so far stays
  const auto seconds = (*reply)[0].integer();
  const auto microseconds = (*reply)[1].integer();
  if (!seconds || !microseconds) co_return;
  const std::int64_t redis_ms = *seconds * 1000 + *microseconds / 1000;
  const WallTime middle = asked_at + (answered_at - asked_at) / 2;
  offset_ms_ = redis_ms - middle.time_since_epoch().count();
}

}  // namespace pulso::tracks
