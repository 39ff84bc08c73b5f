#include <gtest/gtest.h>

#include "bus/redis_bus.h"
#include "bus/redis_sentinels.h"
#include "support/redis_server.h"
#include "unit/bus/bus_listener.h"
#include "unit/bus/redis_caller.h"

namespace pulso::bus {
namespace {

using support::eventually;
using support::RedisServer;

std::shared_ptr<SentinelOpinion> opinion(std::optional<std::uint16_t> port, std::optional<std::int64_t> epoch) {
  auto said = std::make_shared<SentinelOpinion>(SentinelOpinion{.epoch = epoch});
  if (port) said->master = RedisEndpoint{"10.0.0.1", *port};
  return said;
}

TEST(SentinelOpinions, are_won_by_the_newest_epoch) {
  const std::vector opinions{opinion(7001, 3), opinion(7002, 5), opinion(7003, 4), opinion({}, 9), opinion(7004, {})};
  EXPECT_EQ(newest_opinion(opinions, -1), opinions[1].get());
  EXPECT_EQ(newest_opinion(opinions, 5), opinions[1].get());
}

TEST(SentinelOpinions, do_not_lead_back_to_a_deposed_master) {
  const std::vector opinions{opinion(7001, 3)};
  EXPECT_EQ(newest_opinion(opinions, 4), nullptr);
}

/// A master, a replica in step with it, and three sentinels that know each other.
class RedisSentinelTest : public testing::Test {
 protected:
  void SetUp() override {
    for (int count = 0; count < 3; ++count) {
      sentinels_.push_back(std::make_unique<RedisServer>(
          std::vector<std::string>{fmt::format("sentinel monitor cinema 127.0.0.1 {} 2", master_.port()),
                                   "sentinel down-after-milliseconds cinema 500",
                                   "sentinel failover-timeout cinema 3000"},
          true));
    }
    for (const auto& sentinel : sentinels_) {
      ASSERT_TRUE(eventually([&] {
        const std::string state = sentinel->run({"SENTINEL", "MASTER", "cinema"});
        return state.find("num-slaves 1 ") != std::string::npos &&
               state.find("num-other-sentinels 2 ") != std::string::npos;
      }));
    }
  }
  [[nodiscard]] std::string url() const {
    return fmt::format("redis+sentinel://{},{},{}/cinema", sentinels_[0]->address(), sentinels_[1]->address(),
                       sentinels_[2]->address());
  }

  RedisServer master_;
  RedisServer replica_{{fmt::format("replicaof 127.0.0.1 {}", master_.port())}};
  std::vector<std::unique_ptr<RedisServer>> sentinels_;
};

TEST_F(RedisSentinelTest, goes_on_with_the_new_master_when_the_old_one_dies) {
  RedisCaller caller{url()};
  BusListener hears;
  const auto bus = create_redis_bus(caller.client(), caller.metrics());
  hears.attach(*bus);
  ASSERT_TRUE(hears.subscribe(*bus, "room"));
  ASSERT_EQ(caller.client().node_identity("key"), master_.address());
  ASSERT_TRUE(caller.call({"SET", "key", "kept"}));
  ASSERT_EQ(caller.call({"WAIT", "1", "2000"})->integer(), 1);

  master_.kill();
  EXPECT_TRUE(
      eventually([&] { return caller.client().node_identity("key") == replica_.address(); }, std::chrono::seconds{20}));
  EXPECT_TRUE(eventually([&] { return caller.client().is_connected(); }));
  EXPECT_EQ(caller.call({"GET", "key"})->string(), "kept");
  ASSERT_TRUE(hears.waits_for("room stands", 2));
  bus->publish("room", "hello");
  EXPECT_TRUE(hears.waits_for("room=hello"));
}

TEST_F(RedisSentinelTest, tries_again_at_the_new_master_what_the_old_one_refuses_as_a_replica) {
  RedisCaller caller{url()};
  ASSERT_TRUE(caller.call({"SET", "key", "1"}));
  ASSERT_EQ(caller.call({"WAIT", "1", "2000"})->integer(), 1);
  ASSERT_EQ(sentinels_[1]->run({"SENTINEL", "FAILOVER", "cinema"}), "OK");
  int written = 1;
  EXPECT_TRUE(eventually([&] {
    const auto answer = caller.call({"INCR", "key"});
    if (answer && answer->is_integer()) ++written;
    // No error reply is handed on: READONLY means another try.
    EXPECT_TRUE(!answer || answer->is_integer()) << answer->error();
    return answer && caller.client().node_identity("key") == replica_.address();
  }));
  EXPECT_GT(written, 1);
}

}  // namespace
}  // namespace pulso::bus
