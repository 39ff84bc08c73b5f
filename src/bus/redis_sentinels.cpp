#include "bus/redis_sentinels.h"

#include <array>
#include <utility>

#include "ops/log.h"

namespace pulso::bus {
namespace {

std::string command(std::initializer_list<std::string_view> arguments) {
  std::string wire;
  append_command(wire, {arguments.begin(), arguments.size()});
  return wire;
}

std::optional<RedisEndpoint> parse_address(const RedisReply& reply) {
  const auto port = reply[1].integer();
  if (reply[0].string().empty() || !port || *port < 1 || *port > 65535) return std::nullopt;
  return RedisEndpoint{.host = std::string{reply[0].string()}, .port = static_cast<std::uint16_t>(*port)};
}

/// `SENTINEL MASTER` answers with names and values in turn.
std::optional<std::int64_t> parse_epoch(const RedisReply& reply) {
  for (std::size_t index = 0; index + 1 < reply.array().size(); index += 2) {
    if (reply[index].string() == "config-epoch") return reply[index + 1].integer();
  }
  return std::nullopt;
}

}  // namespace

const SentinelOpinion* newest_opinion(std::span<const std::shared_ptr<SentinelOpinion>> opinions,
                                      std::int64_t epoch_known) noexcept {
  const SentinelOpinion* newest = nullptr;
  for (const auto& opinion : opinions) {
    if (!opinion->master || !opinion->epoch || *opinion->epoch < epoch_known) continue;
    if (!newest || *opinion->epoch > *newest->epoch) newest = opinion.get();
  }
  return newest;
}

RedisSentinels::RedisSentinels(boost::asio::io_context& context, const RedisOptions& options,
                               std::function<void(const RedisEndpoint&)> on_master)
    : master_name_(options.master_name), on_master_(std::move(on_master)) {
  RedisLogin login;
  login.timeout = options.connect_timeout;
  for (const RedisEndpoint& endpoint : options.endpoints) {
    Sentinel& sentinel = sentinels_.emplace_back();
    sentinel.queries =
        std::make_shared<RedisLink>(context, endpoint, login, RedisLink::Events{.on_up = [this] { ask(); }});
    sentinel.announcements =
        std::make_shared<RedisLink>(context, endpoint, login,
                                    RedisLink::Events{.on_up =
                                                          [this, index = sentinels_.size() - 1] {
                                                            sentinels_[index].announcements->send_unanswered(
                                                                command({"SUBSCRIBE", "+switch-master"}));
                                                            ask();  // a switch while nobody listened
                                                          },
                                                      .on_push =
                                                          [this](const RedisReply& push) {
                                                            if (push[0].string() == "message") ask();
                                                          }});
  }
}

void RedisSentinels::start() {
  for (const Sentinel& sentinel : sentinels_) {
    sentinel.queries->start();
    sentinel.announcements->start();
  }
  ask();
}

void RedisSentinels::close(const Error& reason) {
  is_closed_ = true;
  for (const Sentinel& sentinel : sentinels_) {
    sentinel.queries->close(reason);
    sentinel.announcements->close(reason);
  }
}

void RedisSentinels::ask() {
  if (is_closed_) return;
  if (is_asking()) {
    must_ask_again_ = true;
    return;
  }
  opinions_.clear();
  answers_missing_ = 2 * sentinels_.size();
  for (const Sentinel& sentinel : sentinels_) ask(*sentinel.queries);
}

void RedisSentinels::ask(RedisLink& sentinel) {
  const auto opinion = opinions_.emplace_back(std::make_shared<SentinelOpinion>());
  const SteadyTime deadline = std::chrono::steady_clock::now() + answer_timeout;
  const auto count_answer = [this] {
    if (--answers_missing_ == 0 && !is_closed_) conclude();
  };
  sentinel.send(command({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", master_name_}), deadline,
                [opinion, count_answer](const Result<RedisReply>& reply) {
                  if (reply) opinion->master = parse_address(*reply);
                  count_answer();
                });
  sentinel.send(command({"SENTINEL", "MASTER", master_name_}), deadline,
                [opinion, count_answer](const Result<RedisReply>& reply) {
                  if (reply) opinion->epoch = parse_epoch(*reply);
                  count_answer();
                });
}

void RedisSentinels::conclude() {
  if (const SentinelOpinion* newest = newest_opinion(opinions_, epoch_known_)) {
    epoch_known_ = *newest->epoch;
    has_warned_ = false;
    on_master_(*newest->master);
  } else if (!std::exchange(has_warned_, true)) {
    ops::log_warning("redis", "no sentinel names the master", {{"master", master_name_}});
  }
  if (std::exchange(must_ask_again_, false)) ask();
}

}  // namespace pulso::bus
