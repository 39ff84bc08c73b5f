#include "bus/redis_master_router.h"

#include <utility>

#include "ops/log.h"

namespace pulso::bus {

RedisMasterRouter::RedisMasterRouter(boost::asio::io_context& context, RedisOptions options, ops::Metrics& metrics)
    : RedisRouter(context, std::move(options), metrics) {
  if (this->options().mode != RedisMode::sentinel) return;
  sentinels_ = std::make_unique<RedisSentinels>(context, this->options(),
                                                [this](const RedisEndpoint& master) { adopt(master); });
}

void RedisMasterRouter::start() {
  if (sentinels_) {
    sentinels_->start();
  } else {
    adopt(options().endpoints.front());
  }
}

void RedisMasterRouter::adopt(const RedisEndpoint& master) {
  if (is_stopped() || (link_ && link_->endpoint() == master)) return;
  const auto former = std::exchange(link_, nullptr);
  {
    const std::lock_guard lock{mutex_};
    // Instances may spell the one server's name differently; a name for all of them keeps its identity the same.
    identity_ = sentinels_ ? to_string(master) : "single";
  }
  if (former) {
    ops::log_warning("redis", "master switched", {{"from", to_string(former->endpoint())}, {"to", to_string(master)}});
    set_connected(false);
  }
  link_ = std::make_shared<RedisLink>(context(), master, login_for(options()),
                                      RedisLink::Events{.on_up = [this] { set_connected(true); },
                                                        .on_down =
                                                            [this] {
                                                              set_connected(false);
                                                              refresh();
                                                            }});
  link_->start();
  if (former) former->close({Errc::unavailable, "the Redis master has changed"});
  notify_watchers();
}

void RedisMasterRouter::dispatch(RedisRequestRef request) {
  if (link_) {
    transmit(*link_, std::move(request), identity_);
  } else if (sentinels_ && sentinels_->is_asking()) {
    retry_later(std::move(request));
  } else {
    fail_unsent(*request, "the Redis master is not known");
  }
}

std::optional<RedisEndpoint> RedisMasterRouter::owner_of(std::string_view) const {
  if (!link_) return std::nullopt;
  return link_->endpoint();
}

std::string RedisMasterRouter::node_identity(std::string_view) const {
  const std::lock_guard lock{mutex_};
  return identity_;
}

void RedisMasterRouter::refresh() {
  if (sentinels_) sentinels_->ask();
}

void RedisMasterRouter::learn(std::string_view, const RedisEndpoint&) {
  refresh();
}

void RedisMasterRouter::redirect(RedisLink&, RedisRequestRef& request, std::string_view error) {
  // A master that was made a replica under us; nothing was executed.
  if (!sentinels_ || !error.starts_with("READONLY")) return;
  refresh();
  retry_later(std::move(request));
}

void RedisMasterRouter::close_links(const Error& reason) {
  if (sentinels_) sentinels_->close(reason);
  if (link_) link_->close(reason);
}

}  // namespace pulso::bus
