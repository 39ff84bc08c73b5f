#include "bus/redis_cluster_router.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <boost/asio/post.hpp>

#include "ops/log.h"

namespace pulso::bus {

RedisClusterRouter::RedisClusterRouter(boost::asio::io_context& context, RedisOptions options, ops::Metrics& metrics)
    : RedisRouter(context, std::move(options), metrics), map_timer_(context) {}

void RedisClusterRouter::start() {
  is_map_due_ = true;
  read_map();
}

std::shared_ptr<RedisLink> RedisClusterRouter::link_to(const RedisEndpoint& node) {
  std::shared_ptr<RedisLink>& link = links_[node];
  if (link) return link;
  link = std::make_shared<RedisLink>(
      context(), node, login_for(options()),
      RedisLink::Events{.on_up = [this] { update_connected(); }, .on_down = [this, node] { on_link_down(node); }});
  link->start();
  return link;
}

void RedisClusterRouter::on_link_down(const RedisEndpoint& node) {
  update_connected();
  refresh();
  if (const auto owners = slots_.owners(); std::ranges::find(owners, node) != owners.end()) return;
  // A node without slots that went away is forgotten; from outside of its own callback.
  boost::asio::post(context(), [this, node] {
    const auto owners = slots_.owners();
    const auto link = links_.find(node);
    if (is_stopped() || link == links_.end() || link->second->is_up()) return;
    if (std::ranges::find(owners, node) != owners.end()) return;
    const auto forgotten = std::move(link->second);
    links_.erase(link);
    forgotten->close({Errc::unavailable, "the Redis node has left the cluster"});
  });
}

void RedisClusterRouter::update_connected() {
  const auto is_up = [this](const RedisEndpoint& owner) {
    const auto link = links_.find(owner);
    return link != links_.end() && link->second && link->second->is_up();
  };
  set_connected(has_map_ && slots_.is_complete() && std::ranges::all_of(slots_.owners(), is_up));
}

void RedisClusterRouter::refresh() {
  if (is_stopped()) return;
  if (is_map_due_) {
    must_read_again_ = must_read_again_ || is_reading_;
    return;
  }
  is_map_due_ = true;
  map_timer_.expires_after(map_pause);
  map_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) read_map();
  });
}

void RedisClusterRouter::read_map() {
  is_reading_ = true;
  std::vector<RedisEndpoint> candidates;
  for (const auto& [node, link] : links_) {
    if (link->is_up()) candidates.push_back(node);
  }
  // Not always the same first: one node may have an old view.
  if (!candidates.empty()) {
    std::ranges::rotate(candidates,
                        candidates.begin() + static_cast<std::ptrdiff_t>(next_candidate_++ % candidates.size()));
  }
  candidates.insert(candidates.end(), options().endpoints.begin(), options().endpoints.end());
  std::ranges::reverse(candidates);  // taken from the back
  ask_for_map(std::move(candidates));
}

void RedisClusterRouter::ask_for_map(std::vector<RedisEndpoint> candidates) {
  if (is_stopped()) return;
  if (candidates.empty()) {
    if (!std::exchange(has_warned_, true)) ops::log_warning("redis", "no cluster node tells the slots");
    is_reading_ = is_map_due_ = must_read_again_ = false;
    refresh();
    return;
  }
  const RedisEndpoint node = std::move(candidates.back());
  candidates.pop_back();
  std::string wire;
  append_command(wire, std::array<std::string_view, 2>{"CLUSTER", "SLOTS"});
  link_to(node)->send(wire, std::chrono::steady_clock::now() + map_timeout,
                      [this, node, candidates = std::move(candidates)](const Result<RedisReply>& reply) mutable {
                        auto map = reply ? parse_cluster_slots(*reply, node)
                                         : Result<RedisSlotMap>{std::unexpected{reply.error()}};
                        if (map && !map->owners().empty()) {
                          adopt(std::move(*map));
                        } else {
                          ask_for_map(std::move(candidates));
                        }
                      });
}

void RedisClusterRouter::adopt(RedisSlotMap map) {
  {
    const std::lock_guard lock{mutex_};
    slots_ = std::move(map);
  }
  has_map_ = true;
  has_warned_ = false;
  is_reading_ = is_map_due_ = false;
  for (const RedisEndpoint& owner : slots_.owners()) link_to(owner);
  update_connected();
  notify_watchers();
  if (std::exchange(must_read_again_, false) || !is_connected()) refresh();
}

void RedisClusterRouter::assign(std::uint16_t slot, const RedisEndpoint& owner) {
  if (slots_.owner(slot) == owner) return;
  {
    const std::lock_guard lock{mutex_};
    slots_.assign(slot, owner);
  }
  update_connected();
  notify_watchers();
}

void RedisClusterRouter::dispatch(RedisRequestRef request) {
  if (!has_map_) {
    retry_later(std::move(request));
    return;
  }
  const std::string& key = request->command.key;
  const auto owner = key.empty() ? slots_.owners().front() : slots_.owner(redis_slot(key));
  if (!owner) {
    retry_later(std::move(request));
    return;
  }
  transmit(*link_to(*owner), std::move(request), to_string(*owner));
}

std::optional<RedisEndpoint> RedisClusterRouter::owner_of(std::string_view channel) const {
  return slots_.owner(redis_slot(channel));
}

std::string RedisClusterRouter::node_identity(std::string_view key) const {
  const std::lock_guard lock{mutex_};
  const auto owner = slots_.owner(redis_slot(key));
  return owner ? to_string(*owner) : std::string{};
}

void RedisClusterRouter::learn(std::string_view error, const RedisEndpoint& asked) {
  const auto redirect = parse_redirect(error, asked);
  if (redirect && error.starts_with("MOVED")) assign(redirect->slot, redirect->target);
  refresh();
}

void RedisClusterRouter::redirect(RedisLink& link, RedisRequestRef& request, std::string_view error) {
  if (error.starts_with("TRYAGAIN") || error.starts_with("CLUSTERDOWN")) {
    retry_later(std::move(request));
    return;
  }
  const auto target = parse_redirect(error, link.endpoint());
  if (!target) return;
  request->is_asking = error.starts_with("ASK");
  if (!request->is_asking) learn(error, link.endpoint());
  transmit(*link_to(target->target), std::move(request), to_string(target->target));
}

void RedisClusterRouter::close_links(const Error& reason) {
  map_timer_.cancel();
  for (const auto& [node, link] : links_) link->close(reason);
}

}  // namespace pulso::bus
