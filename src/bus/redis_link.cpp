#include "bus/redis_link.h"

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "ops/log.h"

namespace pulso::bus {
namespace {

milliseconds pause_after(unsigned failures) {
  const auto longest = std::min(RedisLink::pause_max, RedisLink::pause_min * (1U << std::min(failures - 1, 8U)));
  const auto half = static_cast<std::uint64_t>(longest.count() / 2);
  return milliseconds{half + random_below(half + 1)};
}

}  // namespace

RedisLink::RedisLink(boost::asio::io_context& context, RedisEndpoint endpoint, RedisLogin login, Events events)
    : context_(context),
      endpoint_(std::move(endpoint)),
      login_(std::move(login)),
      events_(std::move(events)),
      pause_(context) {}

void RedisLink::start() {
  connect();
}

void RedisLink::connect() {
  scripts_.clear();
  const std::weak_ptr<RedisLink> weak = weak_from_this();
  const auto with_link = [weak](auto&& action) {
    if (const auto link = weak.lock(); link && !link->is_closed_) action(*link);
  };
  connection_ = std::make_shared<RedisConnection>(
      context_, endpoint_, login_,
      RedisConnection::Events{
          .on_ready =
              [with_link] {
                with_link([](RedisLink& link) {
                  link.up_since_ = std::chrono::steady_clock::now();
                  ops::log_info("redis", "connected", {{"server", to_string(link.endpoint_)}});
                  link.events_.on_up();
                });
              },
          .on_push =
              [with_link](RedisReply reply) {
                with_link([&reply](RedisLink& link) { link.events_.on_push(std::move(reply)); });
              },
          .on_closed =
              [with_link](const Error& reason) { with_link([&reason](RedisLink& link) { link.on_closed(reason); }); }});
  connection_->start();
}

void RedisLink::on_closed(const Error& reason) {
  const SteadyTime now = std::chrono::steady_clock::now();
  const SteadyTime up_since = std::exchange(up_since_, SteadyTime{});
  const bool was_up = up_since != SteadyTime{};
  const bool was_good = was_up && now - up_since >= good_life;
  connection_ = nullptr;
  failures_ = was_good ? 0 : failures_ + 1;
  // One line per loss and one per first failure: a server that stays away does not fill the log.
  if (was_up || failures_ == 1) ops::log_warning("redis", "disconnected", {{"reason", reason.message}});
  events_.on_down();
  if (is_closed_) return;
  if (failures_ == 0) {
    connect();
    return;
  }
  pause_.expires_after(pause_after(failures_));
  pause_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const auto link = weak.lock();
    if (!error && link && !link->is_closed_) link->connect();
  });
}

void RedisLink::close(const Error& reason) {
  is_closed_ = true;
  pause_.cancel();
  if (connection_) std::exchange(connection_, nullptr)->close(reason);
}

void RedisLink::send(std::string_view wire, SteadyTime deadline, RedisHandler done) {
  if (!connection_ || (!connection_->is_ready() && failures_ > 0)) {
    done(fail(Errc::unavailable, "Redis is away"));
    return;
  }
  connection_->send(wire, deadline, std::move(done));
}

void RedisLink::send_unanswered(std::string_view wire) {
  if (is_up()) connection_->send_unanswered(wire);
}

RedisLogin login_for(const RedisOptions& options) {
  return {.user = options.user,
          .password = options.password,
          .database = options.database,
          .must_be_master = options.mode == RedisMode::sentinel,
          .timeout = options.connect_timeout};
}

}  // namespace pulso::bus
