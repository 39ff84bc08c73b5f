#include "features/events/stream_counts.h"

#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "base/json_parse.h"
#include "base/json_write.h"

namespace pulso::events {
namespace {

namespace json = boost::json;
using boost::asio::awaitable;
using Counts = StreamCounts::Counts;

constexpr std::string_view instances_key = "pulso:events:instances";
constexpr std::string_view counts_head = "pulso:events:streams:";
/// Three times as long as telling takes: one that died is still counted for so long.
constexpr milliseconds lifetime{15'000};

Counts counts_here(const realtime::Hub& hub) {
  Counts counts;
  for (const std::string& account : hub.topics()) {
    if (const std::size_t count = hub.member_count(account); count > 0) counts[account] = count;
  }
  return counts;
}

class OwnCounts final : public StreamCounts {
 public:
  explicit OwnCounts(const realtime::Hub& hub) : hub_(hub) {}
  awaitable<void> share() override { co_return; }
  awaitable<Counts> total() override { co_return counts_here(hub_); }

 private:
  const realtime::Hub& hub_;
};

class SharedCounts final : public StreamCounts {
 public:
  SharedCounts(const realtime::Hub& hub, bus::RedisClient& redis, const InstanceId& instance)
      : hub_(hub), redis_(redis), instance_(instance.value()) {}

  awaitable<void> share() override {
    json::object counts;
    for (const auto& [account, count] : counts_here(hub_)) counts[account] = count;
    const std::string key = key_of(instance_);
    (void)co_await call(key, {"SET", key, write_json(counts), "PX", std::to_string(lifetime.count())});
    (void)co_await call(std::string{instances_key}, {"SADD", std::string{instances_key}, instance_});
  }

  awaitable<Counts> total() override {
    Counts counts = counts_here(hub_);
    const auto instances = co_await call(std::string{instances_key}, {"SMEMBERS", std::string{instances_key}});
    if (!instances) co_return counts;
    for (const bus::RedisReply& each : instances->array()) {
      const std::string instance{each.string()};
      if (instance == instance_) continue;
      const std::string key = key_of(instance);
      const auto told = co_await call(key, {"GET", key});
      if (told && told->is_nil()) {
        (void)co_await call(std::string{instances_key}, {"SREM", std::string{instances_key}, instance});
      } else if (told) {
        add(counts, told->string());
      }
    }
    co_return counts;
  }

 private:
  static std::string key_of(const std::string& instance) { return std::string{counts_head} + instance; }

  static void add(Counts& counts, std::string_view told) {
    const auto value = parse_json(told);
    if (!value || !value->is_object()) return;
    for (const auto& [account, count] : value->get_object()) {
      if (const auto* number = count.if_int64(); number && *number > 0) {
        counts[account] += static_cast<std::uint64_t>(*number);
      }
    }
  }

  awaitable<Result<bus::RedisReply>> call(std::string key, std::vector<std::string> arguments) {
    co_return bus::checked(co_await redis_.call({.key = std::move(key), .arguments = std::move(arguments)}));
  }

  const realtime::Hub& hub_;
  bus::RedisClient& redis_;
  const std::string instance_;
};

}  // namespace

std::unique_ptr<StreamCounts> create_stream_counts(realtime::Hub& hub, bus::RedisClient* redis,
                                                   const InstanceId& instance) {
  if (!redis) return std::make_unique<OwnCounts>(hub);
  return std::make_unique<SharedCounts>(hub, *redis, instance);
}

}  // namespace pulso::events
