#include "bus/redis_bus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/bus/bus_listener.h"
#include "unit/bus/redis_caller.h"

namespace pulso::bus {
namespace {

using support::eventually;
using support::RedisServer;

TEST(RedisBus, brings_messages_to_every_instance_in_the_order_of_their_publisher) {
  RedisServer server;
  RedisCaller one{server.url()};
  RedisCaller two{server.url()};
  BusListener one_hears;
  BusListener two_hears;
  const auto bus_of_one = create_redis_bus(one.client(), one.metrics());
  const auto bus_of_two = create_redis_bus(two.client(), two.metrics());
  one_hears.attach(*bus_of_one);
  two_hears.attach(*bus_of_two);
  ASSERT_TRUE(one_hears.subscribe(*bus_of_one, "{room}"));
  ASSERT_TRUE(two_hears.subscribe(*bus_of_two, "{room}"));
  std::vector<std::string> expected{"{room} stands"};
  for (int number = 0; number < 1000; ++number) {
    bus_of_one->publish("{room}", std::to_string(number));
    expected.push_back("{room}=" + std::to_string(number));
  }
  ASSERT_TRUE(one_hears.waits_for("{room}=999"));
  ASSERT_TRUE(two_hears.waits_for("{room}=999"));
  EXPECT_EQ(one_hears.events(), expected);
  EXPECT_EQ(two_hears.events(), expected);
}

TEST(RedisBus, hears_what_scripts_publish) {
  RedisServer server;
  RedisCaller caller{server.url()};
  BusListener hears;
  const auto bus = create_redis_bus(caller.client(), caller.metrics());
  hears.attach(*bus);
  ASSERT_TRUE(hears.subscribe(*bus, "{room}"));
  const RedisScript script{"return redis.call(ARGV[1], KEYS[1], ARGV[2])"};
  const std::string publish{caller.client().publish_command()};
  EXPECT_EQ(caller.call_command(script_command(script, {"{room}"}, {publish, "hello"}))->integer(), 1);
  EXPECT_TRUE(hears.waits_for("{room}=hello"));
}

TEST(RedisBus, hears_nothing_of_a_channel_that_it_has_left) {
  RedisServer server;
  RedisCaller caller{server.url()};
  BusListener hears;
  const auto bus = create_redis_bus(caller.client(), caller.metrics());
  hears.attach(*bus);
  ASSERT_TRUE(hears.subscribe(*bus, "left"));
  ASSERT_TRUE(hears.subscribe(*bus, "kept"));
  bus->unsubscribe("left");
  EXPECT_TRUE(eventually([&] { return server.run({"PUBSUB", "NUMSUB", "left"}) == "left 0"; }));
  hears.clear();
  bus->publish("left", "1");
  bus->publish("kept", "2");
  ASSERT_TRUE(hears.waits_for("kept=2"));
  EXPECT_THAT(hears.events(), testing::ElementsAre("kept=2"));
}

TEST(RedisBus, tells_of_a_gap_when_it_stands_again_after_a_crash_of_the_server) {
  RedisServer server;
  RedisCaller caller{server.url()};
  BusListener hears;
  const auto bus = create_redis_bus(caller.client(), caller.metrics());
  hears.attach(*bus);
  ASSERT_TRUE(hears.subscribe(*bus, "room"));
  EXPECT_TRUE(eventually([&] { return bus->is_connected(); }));
  server.kill();
  EXPECT_TRUE(eventually([&] { return !bus->is_connected(); }));
  bus->publish("room", "lost");
  server.start();
  ASSERT_TRUE(hears.waits_for("room stands", 2));
  EXPECT_TRUE(eventually([&] { return bus->is_connected(); }));
  bus->publish("room", "heard");
  ASSERT_TRUE(hears.waits_for("room=heard"));
  EXPECT_EQ(hears.count("room=lost"), 0U);
  EXPECT_EQ(caller.metrics().counter("pulso_bus_lost_total", "").value(), 1U);
}

TEST(RedisBus, finds_a_frozen_server_and_stands_again_when_it_thaws) {
  RedisServer server;
  RedisCaller caller{server.url()};
  BusListener hears;
  const auto bus = create_redis_bus(caller.client(), caller.metrics());
  hears.attach(*bus);
  ASSERT_TRUE(hears.subscribe(*bus, "room"));
  ops::Gauge& is_up = caller.metrics().gauge("pulso_bus_up", "");
  EXPECT_TRUE(eventually([&] { return is_up.value() == 1; }));
  server.freeze();
  EXPECT_TRUE(eventually([&] { return is_up.value() == 0; }, std::chrono::seconds{5}));
  EXPECT_FALSE(bus->is_connected());
  server.thaw();
  EXPECT_TRUE(hears.waits_for("room stands", 2));
}

TEST(RedisBus, subscribes_when_a_server_that_was_not_there_comes) {
  RedisServer server;
  server.kill();
  RedisCaller caller{server.url(), RedisCaller::Start::unconnected};
  BusListener hears;
  const auto bus = create_redis_bus(caller.client(), caller.metrics());
  hears.attach(*bus);
  bus->subscribe("room");
  server.start();
  EXPECT_TRUE(hears.waits_for("room stands"));
}

}  // namespace
}  // namespace pulso::bus
