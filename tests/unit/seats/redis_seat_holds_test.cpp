#include "features/seats/redis_seat_holds.h"

#include <gtest/gtest.h>

#include "bus/redis_client.h"
#include "holds_fixture.h"
#include "support/redis_server.h"

// What only Redis can do to seats: stop, forget, and be replaced.
namespace pulso::seats {
namespace {

class RedisSeatHoldsTest : public testing::Test {
 protected:
  RedisSeatHoldsTest()
      : redis(bus::create_redis_client(bus::parse_redis_url(server.url()).value(), metrics)),
        holds({.options = options,
               .clock = clock,
               .redis = *redis,
               .instance = InstanceId{"one"},
               .load_room = [this](RoomId) -> boost::asio::awaitable<Result<DurableRoom>> { co_return durable; },
               .listener = announced.listener()}) {
    EXPECT_TRUE(support::eventually([this] { return redis->is_connected(); }));
  }

  template <class T>
  T run(boost::asio::awaitable<T> work) {
    return loop.run(std::move(work));
  }

  support::RedisServer server;
  SystemClock clock;
  SeatsOptions options;
  ops::Metrics metrics;
  Announcements announced;
  DurableRoom durable;
  RoomId room{"r"};
  Loop loop;  // outlives the client, whose thread posts to it
  std::unique_ptr<bus::RedisClient> redis;
  RedisSeatHolds holds;
};

TEST_F(RedisSeatHoldsTest, another_master_grants_nothing_that_the_one_before_may_have_granted) {
  const auto before = run(holds.select(room, caller("ana"), seat("A1")));
  ASSERT_TRUE(before);
  ASSERT_EQ(server.run({"HSET", "pulso:{r}:meta", "home", "10.0.0.9:6379"}), "0");

  EXPECT_EQ(run(holds.select(room, caller("eva", 2), seat("A2"))).error().code, SeatsErrc::unavailable);
  EXPECT_EQ(run(holds.select(room, caller("eva", 2), seat("A1"))).error().code, SeatsErrc::seat_taken);
  EXPECT_TRUE(run(holds.select(room, caller("ana"), seat("A1")))) << "what is known is kept";
  const auto snapshot = run(holds.snapshot(room));
  EXPECT_GT((*snapshot)->offset, before->offset + 1) << "offsets that may have been given are not given again";
  EXPECT_FALSE(run(holds.changes_since(room, before->offset)).value());

  // As when every hold that may be missing has run out.
  ASSERT_EQ(server.run({"HSET", "pulso:{r}:meta", "frozen_until", "1"}), "0");
  EXPECT_TRUE(run(holds.select(room, caller("eva", 2), seat("A2"))));
}

TEST_F(RedisSeatHoldsTest, a_server_that_was_stopped_does_not_do_later_what_its_clients_were_told_failed) {
  ASSERT_TRUE(run(holds.load(room)));
  server.freeze();
  const auto refused = run(holds.select(room, caller("ana"), seat("A1")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, SeatsErrc::unavailable);
  server.thaw();
  ASSERT_TRUE(support::eventually([this] { return run(holds.snapshot(room)).has_value(); }));
  EXPECT_TRUE((*run(holds.snapshot(room)))->holds.empty());
}

TEST_F(RedisSeatHoldsTest, a_server_that_was_killed_still_has_what_was_acknowledged) {
  ASSERT_TRUE(run(holds.select(room, caller("ana"), seat("A1"))));
  server.kill();
  EXPECT_EQ(run(holds.select(room, caller("eva", 2), seat("A2"))).error().code, SeatsErrc::unavailable);
  server.start();
  ASSERT_TRUE(support::eventually([this] { return run(holds.snapshot(room)).has_value(); }));
  EXPECT_EQ(run(holds.select(room, caller("eva", 2), seat("A1"))).error().code, SeatsErrc::seat_taken);
}

TEST_F(RedisSeatHoldsTest, what_redis_forgot_of_sales_the_database_knows) {
  durable.sold = {{SeatId{"S1"}, "eva", "order", clock.now()}};
  ASSERT_TRUE(run(holds.select(room, caller("ana"), seat("A1"))));
  ASSERT_EQ(server.run({"FLUSHALL"}), "OK");
  EXPECT_EQ(run(holds.select(room, caller("ana"), seat("S1"))).error().code, SeatsErrc::seat_sold);
}

TEST_F(RedisSeatHoldsTest, connections_of_an_instance_that_died_do_not_keep_holds) {
  options.disconnect_grace = milliseconds{1};
  ASSERT_TRUE(run(holds.join(room, caller("ana", 1), std::nullopt)));
  ASSERT_TRUE(run(holds.select(room, caller("ana", 1), seat("A1"))));
  // A connection on another instance whose lease is over.
  ASSERT_EQ(server.run({"ZADD", "pulso:{r}:leases", "1", "dead"}), "1");
  const std::string member = server.run({"HGET", "pulso:{r}:members", "session:ana"});
  std::string with_dead = member;
  with_dead.insert(with_dead.find("\"one"), R"("dead/9":1,)");
  ASSERT_EQ(server.run({"HSET", "pulso:{r}:members", "session:ana", with_dead}), "0");
  ASSERT_TRUE(run(holds.leave(room, OwnerId{"session:ana"}, 1)));
  ASSERT_TRUE(
      support::eventually([this] { return run(holds.expire(room)) && (*run(holds.snapshot(room)))->holds.empty(); }));
}

}  // namespace
}  // namespace pulso::seats
