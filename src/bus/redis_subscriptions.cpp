#include "bus/redis_subscriptions.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "ops/log.h"

namespace pulso::bus {
namespace {

std::string command(std::string_view name, std::string_view channel) {
  std::string wire;
  append_command(wire, std::array{name, channel});
  return wire;
}

}  // namespace

RedisSubscriptions::RedisSubscriptions(RedisRouter& router, ops::Metrics& metrics)
    : router_(router),
      is_sharded_(router.options().mode == RedisMode::cluster),
      received_(metrics.counter("pulso_bus_messages_total", "Messages between instances.", {{"direction", "in"}})),
      up_(metrics.gauge("pulso_bus_up", "Whether every subscribed connection to Redis stands (1) or not (0).")),
      check_timer_(router.context()) {}

void RedisSubscriptions::start() {
  router_.watch(this, [this] { place_all(); });
  update_connected();
}

void RedisSubscriptions::close() {
  is_closed_ = true;
  router_.watch(this, nullptr);
  check_timer_.cancel();
  for (const auto& [server, link] : links_) link->close({Errc::cancelled, "the bus stops"});
  links_.clear();
  channels_.clear();
}

void RedisSubscriptions::add(std::string channel) {
  if (is_closed_) return;
  const auto [position, is_new] = channels_.try_emplace(std::move(channel));
  if (is_new) place(position->first, position->second);
}

void RedisSubscriptions::remove(const std::string& channel) {
  const auto position = channels_.find(channel);
  if (position == channels_.end()) return;
  if (const auto& server = position->second.server) {
    link_to(*server).send_unanswered(command(is_sharded_ ? "SUNSUBSCRIBE" : "UNSUBSCRIBE", channel));
  }
  channels_.erase(position);
}

void RedisSubscriptions::place(const std::string& name, Channel& channel) {
  const auto owner = router_.owner_of(name);
  if (!owner) {
    schedule_check();
    return;
  }
  if (channel.server != owner) {
    if (channel.server) {
      link_to(*channel.server).send_unanswered(command(is_sharded_ ? "SUNSUBSCRIBE" : "UNSUBSCRIBE", name));
    }
    channel = {.server = owner};
  }
  RedisLink& link = link_to(*owner);
  if (!channel.is_confirmed && link.is_up()) ask(link, name, channel);
}

void RedisSubscriptions::place_all() {
  for (auto& [name, channel] : channels_) {
    if (!channel.server || channel.server != router_.owner_of(name)) place(name, channel);
  }
  drop_unused_links();
}

void RedisSubscriptions::ask(RedisLink& link, const std::string& name, Channel& channel) {
  channel.asked_at = std::chrono::steady_clock::now();
  link.send_unanswered(command(is_sharded_ ? "SSUBSCRIBE" : "SUBSCRIBE", name));
  schedule_check();
}

void RedisSubscriptions::drop_unused_links() {
  std::set<RedisEndpoint> used;
  for (const auto& [name, channel] : channels_) {
    if (channel.server) used.insert(*channel.server);
  }
  for (auto position = links_.begin(); position != links_.end();) {
    if (used.contains(position->first)) {
      ++position;
      continue;
    }
    const auto unused = std::move(position->second);
    position = links_.erase(position);
    unused->close({Errc::cancelled, "no channel needs this server"});
  }
  update_connected();
}

RedisLink& RedisSubscriptions::link_to(const RedisEndpoint& server) {
  std::shared_ptr<RedisLink>& link = links_[server];
  if (!link) {
    link = std::make_shared<RedisLink>(
        router_.context(), server, login_for(router_.options()),
        RedisLink::Events{.on_up = [this, server] { on_up(server); },
                          .on_down = [this, server] { on_down(server); },
                          .on_push = [this, server](const RedisReply& push) { on_push(server, push); }});
    link->start();
    update_connected();
  }
  return *link;
}

void RedisSubscriptions::on_up(const RedisEndpoint& server) {
  RedisLink& link = link_to(server);
  for (auto& [name, channel] : channels_) {
    if (channel.server == server) ask(link, name, channel);
  }
  update_connected();
}

void RedisSubscriptions::on_down(const RedisEndpoint& server) {
  for (auto& [name, channel] : channels_) {
    if (channel.server == server) channel.is_confirmed = false;
  }
  update_connected();
  router_.refresh();
}

void RedisSubscriptions::on_push(const RedisEndpoint& server, const RedisReply& push) {
  if (push.is_error()) {
    // Which channel it is about is not said: those that stay unconfirmed are asked for again.
    router_.learn(push.error(), server);
    return;
  }
  const std::string_view kind = push[0].string();
  const auto position = channels_.find(std::string{push[1].string()});
  if (position == channels_.end()) return;  // unsubscribed meanwhile, or no pub/sub at all (PONG)
  auto& [name, channel] = *position;
  if (kind == (is_sharded_ ? "smessage" : "message")) {
    received_.add();
    if (listener_.on_message) listener_.on_message(name, push[2].string());
  } else if (channel.server != server) {
    return;
  } else if (kind == (is_sharded_ ? "ssubscribe" : "subscribe")) {
    channel.is_confirmed = true;
    if (listener_.on_gap) listener_.on_gap(name);
  } else if (kind == "sunsubscribe") {
    // Not asked for: the slot has moved. (Or asked for just before the channel was wanted again: then this only costs
    // one more subscription.)
    channel = {};
    router_.refresh();
    schedule_check();
  }
}

void RedisSubscriptions::schedule_check() {
  if (is_closed_ || std::exchange(is_check_scheduled_, true)) return;
  check_timer_.expires_after(check_interval);
  check_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const auto self = weak.lock();
    if (error || !self || self->is_closed_) return;
    self->is_check_scheduled_ = false;
    self->check();
  });
}

void RedisSubscriptions::check() {
  const SteadyTime asked_before = std::chrono::steady_clock::now() - confirmation_timeout;
  bool is_waiting = false;
  for (auto& [name, channel] : channels_) {
    if (channel.is_confirmed) continue;
    is_waiting = true;
    if (!channel.server || channel.asked_at <= asked_before) place(name, channel);
  }
  if (is_waiting) schedule_check();
}

void RedisSubscriptions::update_connected() {
  is_connected_ = std::ranges::all_of(links_, [](const auto& entry) { return entry.second->is_up(); });
  up_.set(is_connected_ ? 1 : 0);
}

}  // namespace pulso::bus
