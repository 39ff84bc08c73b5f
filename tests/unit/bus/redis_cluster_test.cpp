#include "support/redis_cluster.h"

#include <gtest/gtest.h>

#include "bus/redis_bus.h"
#include "bus/redis_slots.h"
#include "unit/bus/bus_listener.h"
#include "unit/bus/redis_caller.h"

namespace pulso::bus {
namespace {

using support::eventually;
using support::RedisCluster;

/// `{n}`, the first of its kind whose slot that master owns.
std::string key_of_master(std::size_t master) {
  for (int number = 0;; ++number) {
    const std::string key = fmt::format("{{{}}}", number);
    if (RedisCluster::owner_of(redis_slot(key)) == master) return key;
  }
}

class RedisClusterTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(cluster_.is_ready()); }

  RedisCluster cluster_;
};

TEST_F(RedisClusterTest, sends_each_command_to_the_master_of_its_key) {
  RedisCaller caller{cluster_.url()};
  ASSERT_TRUE(caller.client().is_connected());
  for (std::size_t master = 0; master < RedisCluster::master_count; ++master) {
    const std::string key = key_of_master(master);
    EXPECT_EQ(caller.call({"SET", key, "value"})->string(), "OK");
    EXPECT_EQ(cluster_.node(master).run({"GET", key}), "value");
    EXPECT_EQ(caller.client().node_identity(key), cluster_.node(master).address());
  }
}

TEST_F(RedisClusterTest, reports_keys_of_several_slots_as_a_bug) {
  RedisCaller caller{cluster_.url()};
  EXPECT_EQ(caller.call({"MGET", key_of_master(0), key_of_master(1)}).error().code, Errc::internal);
}

TEST_F(RedisClusterTest, follows_a_slot_that_is_moved_and_says_so_to_scripts) {
  RedisCaller caller{cluster_.url()};
  const std::string key = key_of_master(0);
  const std::size_t slot = redis_slot(key);
  const std::string old_key = key + ":old";
  const std::string new_key = key + ":new";
  const auto where = [&](const std::string& asked_key) {
    RedisCommand command =
        script_command(RedisScript{"redis.call('SET', KEYS[1], 'x') return ARGV[1]"}, {asked_key}, {""});
    command.node_argument = 2;
    return std::string{caller.call_command(std::move(command))->string()};
  };
  ASSERT_EQ(where(old_key), cluster_.node(0).address());
  cluster_.begin_to_move(slot, 0, 1);
  EXPECT_EQ(where(old_key), cluster_.node(0).address());
  EXPECT_EQ(where(new_key), cluster_.node(1).address()) << "ASK";
  EXPECT_EQ(caller.client().node_identity(key), cluster_.node(0).address());
  cluster_.finish_moving(slot, 0, 1, {old_key});
  EXPECT_EQ(where(old_key), cluster_.node(1).address()) << "MOVED";
  EXPECT_EQ(caller.client().node_identity(key), cluster_.node(1).address());
}

TEST_F(RedisClusterTest, waits_for_keys_that_are_half_moved) {
  RedisCaller caller{cluster_.url()};
  const std::string key = key_of_master(0);
  ASSERT_TRUE(caller.call({"MSET", key + ":1", "one", key + ":2", "two"}));
  cluster_.begin_to_move(redis_slot(key), 0, 1);
  ASSERT_EQ(
      cluster_.node(0).run({"MIGRATE", "127.0.0.1", std::to_string(cluster_.node(1).port()), key + ":1", "0", "2000"}),
      "OK");
  RedisCommand both;
  both.key = key;
  both.arguments = {"MGET", key + ":1", key + ":2"};
  both.timeout = std::chrono::seconds{10};
  auto answer = caller.begin_command(std::move(both));
  EXPECT_TRUE(eventually([&] { return caller.metrics().counter("pulso_redis_resent_total", "").value() > 0; }));
  cluster_.finish_moving(redis_slot(key), 0, 1, {key + ":2"});
  const auto values = answer.get();
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_EQ((*values)[0].string(), "one");
  EXPECT_EQ((*values)[1].string(), "two");
}

TEST_F(RedisClusterTest, brings_messages_over_all_masters_also_after_a_slot_has_moved) {
  RedisCaller caller{cluster_.url()};
  BusListener hears;
  const auto bus = create_redis_bus(caller.client(), caller.metrics());
  hears.attach(*bus);
  for (std::size_t master = 0; master < RedisCluster::master_count; ++master) {
    const std::string channel = key_of_master(master);
    ASSERT_TRUE(hears.subscribe(*bus, channel));
    bus->publish(channel, "hello");
    EXPECT_TRUE(hears.waits_for(channel + "=hello"));
  }
  const std::string channel = key_of_master(0);
  const RedisScript script{"return redis.call(ARGV[1], KEYS[1], ARGV[2])"};
  const std::string publish{caller.client().publish_command()};
  EXPECT_EQ(caller.call_command(script_command(script, {channel}, {publish, "scripted"}))->integer(), 1);
  EXPECT_TRUE(hears.waits_for(channel + "=scripted"));

  cluster_.begin_to_move(redis_slot(channel), 0, 1);
  cluster_.finish_moving(redis_slot(channel), 0, 1, {});
  ASSERT_TRUE(hears.waits_for(channel + " stands", 2));
  bus->publish(channel, "moved");
  EXPECT_TRUE(hears.waits_for(channel + "=moved"));
}

TEST_F(RedisClusterTest, goes_on_with_the_replica_of_a_dead_master) {
  ASSERT_TRUE(cluster_.add_replica(0));
  constexpr std::size_t replica = RedisCluster::master_count;
  RedisCaller caller{cluster_.url()};
  BusListener hears;
  const auto bus = create_redis_bus(caller.client(), caller.metrics());
  hears.attach(*bus);
  const std::string key = key_of_master(0);
  ASSERT_TRUE(hears.subscribe(*bus, key));
  ASSERT_TRUE(caller.call({"SET", key, "kept"}));
  ASSERT_TRUE(eventually([&] { return cluster_.node(replica).run({"DBSIZE"}) == "1"; }));
  cluster_.node(0).kill();
  EXPECT_TRUE(eventually([&] { return !caller.client().is_connected(); }));
  ASSERT_EQ(cluster_.node(replica).run({"CLUSTER", "FAILOVER", "TAKEOVER"}), "OK");
  EXPECT_TRUE(eventually([&] { return caller.client().is_connected(); }));
  EXPECT_EQ(caller.call({"GET", key})->string(), "kept");
  EXPECT_EQ(caller.client().node_identity(key), cluster_.node(replica).address());
  EXPECT_TRUE(hears.waits_for(key + " stands", 2));
}

}  // namespace
}  // namespace pulso::bus
