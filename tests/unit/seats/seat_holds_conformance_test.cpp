#include <gtest/gtest.h>

#include "bus/redis_bus.h"
#include "bus/redis_client.h"
#include "features/seats/memory_seat_holds.h"
#include "features/seats/redis_seat_holds.h"
#include "features/seats/seats_channels.h"
#include "holds_fixture.h"
#include "support/redis_cluster.h"
#include "support/redis_server.h"

// Both implementations of SeatHolds are held to one behaviour here. What depends on the passing of time is tested on
// the rules, where it can be moved, and once on Redis with times that pass quickly.
namespace pulso::seats {
namespace {

enum class Kind { memory, redis, redis_cluster };

class SeatHoldsConformance : public testing::TestWithParam<Kind> {
 protected:
  SeatHoldsConformance() { options.disconnect_grace = milliseconds{60'000}; }

  void SetUp() override { holds = create(); }
  void TearDown() override {
    if (bus) bus.reset();
    // As the feature does before its loops stop: the journal's last turn may still be on another thread.
    if (auto* memory = dynamic_cast<MemorySeatHolds*>(holds.get())) memory->wait_idle(milliseconds{5000});
    holds.reset();
    redis.reset();
  }

  static support::RedisServer& server() {
    static support::RedisServer shared;
    return shared;
  }

  static std::string url() {
    if (GetParam() == Kind::redis) return server().url();
    static support::RedisCluster cluster;
    EXPECT_TRUE(cluster.is_ready());
    return cluster.url();
  }

  std::unique_ptr<SeatHolds> create() {
    LoadRoom load_room = [this](RoomId) -> boost::asio::awaitable<Result<DurableRoom>> {
      co_return DurableRoom{.sold = durable_sold, .holds = {}};
    };
    if (GetParam() == Kind::memory) {
      return std::make_unique<MemorySeatHolds>(MemorySeatHolds::Dependencies{
          .options = options,
          .clock = clock,
          .executor = loop.context.get_executor(),
          .load_room = load_room,
          .write = [](std::vector<JournalRecord>, std::move_only_function<void(Result<void>)> done) { done({}); },
          .listener = announced.listener()});
    }
    redis = bus::create_redis_client(bus::parse_redis_url(url()).value(), metrics);
    EXPECT_TRUE(support::eventually([this] { return redis->is_connected(); }));
    bus = bus::create_redis_bus(*redis, metrics);
    auto created = std::make_unique<RedisSeatHolds>(RedisSeatHolds::Dependencies{.options = options,
                                                                                 .clock = clock,
                                                                                 .redis = *redis,
                                                                                 .instance = InstanceId{"test"},
                                                                                 .load_room = load_room,
                                                                                 .listener = announced.listener()});
    bus->listen(
        {.on_message = [raw = created.get()](std::string_view channel,
                                             std::string_view payload) { raw->on_bus_message(channel, payload); },
         .on_gap = [raw = created.get()](std::string_view channel) { raw->on_bus_gap(channel); }});
    bus->subscribe(room_channel(room));
    EXPECT_TRUE(support::eventually([this] { return announced.gaps > 0; }));
    return created;
  }

  template <class T>
  T run(boost::asio::awaitable<T> work) {
    return loop.run(std::move(work));
  }
  /// Announcements come by another way than answers.
  bool announces(std::size_t count) {
    return support::eventually([&] { return announced.changes().size() == count; }, milliseconds{2000});
  }

  SystemClock clock;
  SeatsOptions options;
  ops::Metrics metrics;
  Loop loop;
  Announcements announced;
  RoomId room{"room-" + std::to_string(clock.now().time_since_epoch().count()) + "-" +
              testing::UnitTest::GetInstance()->current_test_info()->name()};
  std::vector<SoldSeat> durable_sold;
  std::unique_ptr<bus::RedisClient> redis;
  std::unique_ptr<bus::Bus> bus;
  std::unique_ptr<SeatHolds> holds;
};

TEST_P(SeatHoldsConformance, one_wins_and_the_others_learn_until_when) {
  const auto won = run(holds->select(room, caller("ana", 1, 5), seat("A1")));
  ASSERT_TRUE(won);
  const auto lost = run(holds->select(room, caller("eva", 2), seat("A1")));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, SeatsErrc::seat_taken);
  EXPECT_EQ(lost.error().expires_at, won->hold.expires_at);
  ASSERT_TRUE(announces(1));
  const SeatChange change = announced.changes()[0];
  EXPECT_EQ(change.kind, EventKind::selected);
  EXPECT_EQ(change.offset, won->offset);
  EXPECT_EQ(change.owner, OwnerId{"session:ana"});
  EXPECT_EQ(change.user_info, R"({"name":"x"})");
  EXPECT_EQ(change.expires_at, won->hold.expires_at);
  EXPECT_EQ(change.hold_id, "hold-A1");
  EXPECT_EQ(change.origin, (Origin{1, 5}));
}

TEST_P(SeatHoldsConformance, ones_own_seat_again_changes_nothing) {
  const auto first = run(holds->select(room, caller("ana"), seat("A1")));
  SelectSeat other = seat("A1");
  other.hold_id = "another";
  const auto again = run(holds->select(room, caller("ana"), other));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->offset, 0U);
  EXPECT_EQ(again->hold.hold_id, "hold-A1");
  EXPECT_EQ(again->hold.expires_at, first->hold.expires_at);
}

TEST_P(SeatHoldsConformance, a_join_tells_the_state_and_a_resume_what_was_missed) {
  ASSERT_TRUE(run(holds->select(room, caller("ana"), seat("A1"))));
  const auto joined = run(holds->join(room, caller("eva", 2), std::nullopt));
  ASSERT_TRUE(joined);
  ASSERT_TRUE(joined->snapshot);
  EXPECT_EQ(joined->display_name, "eva");
  ASSERT_EQ(joined->snapshot->holds.size(), 1U);
  EXPECT_EQ(joined->snapshot->holds[0].display_name, "ana");

  ASSERT_TRUE(run(holds->release(room, caller("ana"), SeatId{"A1"})));
  ASSERT_TRUE(run(holds->select(room, caller("ana"), seat("A2"))));
  const auto resumed = run(holds->join(room, caller("eva", 3), joined->offset));
  ASSERT_TRUE(resumed);
  EXPECT_FALSE(resumed->snapshot);
  ASSERT_EQ(resumed->missed.size(), 2U);
  EXPECT_EQ(resumed->missed[0].kind, EventKind::released);
  EXPECT_EQ(resumed->missed[0].offset, joined->offset + 1);
  EXPECT_EQ(resumed->missed[1].offset, joined->offset + 2);

  const auto current = run(holds->join(room, caller("eva", 4), resumed->offset));
  EXPECT_TRUE(current->missed.empty());
  EXPECT_FALSE(current->snapshot);
  EXPECT_TRUE(run(holds->join(room, caller("eva", 5), 17))->snapshot) << "nobody has that any more";
  EXPECT_TRUE(run(holds->join(room, caller("eva", 6), resumed->offset + 5))->snapshot) << "from another life";
}

TEST_P(SeatHoldsConformance, changes_since_gives_all_or_nothing) {
  const auto first = run(holds->select(room, caller("ana"), seat("A1")));
  ASSERT_TRUE(run(holds->renew(room, caller("ana"), SeatId{"A1"})));
  const auto missed = run(holds->changes_since(room, first->offset));
  ASSERT_TRUE(missed && *missed);
  ASSERT_EQ((*missed)->size(), 1U);
  EXPECT_EQ((**missed)[0].kind, EventKind::renewed);
  const auto gone = run(holds->changes_since(room, 1));
  ASSERT_TRUE(gone);
  EXPECT_FALSE(*gone);
}

TEST_P(SeatHoldsConformance, only_the_owner_releases_and_renews_within_limits) {
  ASSERT_TRUE(run(holds->select(room, caller("ana"), seat("A1"))));
  EXPECT_EQ(run(holds->release(room, caller("eva"), SeatId{"A1"})).error().code, SeatsErrc::not_owner);
  EXPECT_EQ(run(holds->renew(room, caller("eva"), SeatId{"A1"})).error().code, SeatsErrc::not_owner);
  EXPECT_TRUE(run(holds->renew(room, caller("ana"), SeatId{"A1"})));
  EXPECT_EQ(run(holds->renew(room, caller("ana"), SeatId{"A1"})).error().code, SeatsErrc::renew_limit);
  EXPECT_TRUE(run(holds->release(room, caller("ana"), SeatId{"A1"})));
  EXPECT_EQ(run(holds->release(room, caller("ana"), SeatId{"A1"})).error().code, SeatsErrc::not_owner);
}

TEST_P(SeatHoldsConformance, an_owner_has_a_limit_of_seats) {
  for (std::size_t i = 0; i < options.max_seats; ++i) {
    ASSERT_TRUE(run(holds->select(room, caller("ana"), seat("A" + std::to_string(i)))));
  }
  EXPECT_EQ(run(holds->select(room, caller("ana"), seat("B1"))).error().code, SeatsErrc::seat_limit);
  ASSERT_TRUE(run(holds->release(room, caller("ana"), SeatId{"A0"})));
  EXPECT_TRUE(run(holds->select(room, caller("ana"), seat("B1"))));
}

TEST_P(SeatHoldsConformance, namesakes_are_told_apart) {
  Caller second = caller("other", 2);
  second.client_id = "ana";
  EXPECT_EQ(run(holds->join(room, caller("ana", 1), std::nullopt))->display_name, "ana");
  EXPECT_EQ(run(holds->join(room, second, std::nullopt))->display_name, "ana~2");
  EXPECT_EQ(run(holds->select(room, second, seat("A1")))->hold.display_name, "ana~2");
  ASSERT_TRUE(run(holds->leave(room, OwnerId{"session:ana"}, 1)));
  Caller third = caller("third", 3);
  third.client_id = "ana";
  EXPECT_EQ(run(holds->join(room, third, std::nullopt))->display_name, "ana");
}

TEST_P(SeatHoldsConformance, a_confirmation_sells_all_or_none_and_can_be_undone) {
  ASSERT_TRUE(run(holds->select(room, caller("ana"), seat("A1"))));
  ASSERT_TRUE(run(holds->select(room, caller("ana"), seat("A2"))));
  ASSERT_TRUE(run(holds->select(room, caller("eva"), seat("B1"))));
  ConfirmSeats command{
      .client_id = "ana", .owner = {}, .seats = {SeatId{"A1"}, SeatId{"B1"}}, .hold_ids = {}, .reference = "order"};
  EXPECT_EQ(run(holds->begin_confirm(room, command)).error().seat, "B1");
  command.seats = {SeatId{"A1"}, SeatId{"A2"}};
  command.hold_ids = {"hold-A1", "wrong"};
  EXPECT_EQ(run(holds->begin_confirm(room, command)).error().code, SeatsErrc::not_owner);
  command.hold_ids = {"hold-A1", "hold-A2"};
  const auto locked = run(holds->begin_confirm(room, command));
  ASSERT_TRUE(locked);
  ASSERT_EQ(locked->size(), 2U);
  EXPECT_EQ(locked->front().display_name, "ana");
  EXPECT_EQ(run(holds->release(room, caller("ana"), SeatId{"A1"})).error().code, SeatsErrc::seat_sold);

  std::vector<SoldSeat> sold{{SeatId{"A1"}, "ana", "order", clock.now()}, {SeatId{"A2"}, "ana", "order", clock.now()}};
  ASSERT_TRUE(run(holds->finish_confirm(room, sold)));
  ASSERT_TRUE(run(holds->finish_confirm(room, sold)));
  ASSERT_TRUE(announces(4));
  const SeatChange change = announced.changes()[3];
  EXPECT_EQ(change.kind, EventKind::sold);
  EXPECT_EQ(change.seats.size(), 2U);
  EXPECT_EQ(change.owner, OwnerId{"session:ana"});
  EXPECT_EQ(run(holds->select(room, caller("eva"), seat("A1"))).error().code, SeatsErrc::seat_sold);

  ASSERT_TRUE(run(holds->unsell(room, SeatId{"A1"})));
  EXPECT_TRUE(run(holds->select(room, caller("eva"), seat("A1"))));
}

TEST_P(SeatHoldsConformance, an_aborted_confirmation_leaves_the_hold) {
  ASSERT_TRUE(run(holds->join(room, caller("ana"), std::nullopt)));
  ASSERT_TRUE(run(holds->select(room, caller("ana"), seat("A1"))));
  const ConfirmSeats command{
      .client_id = "ana", .owner = {}, .seats = {SeatId{"A1"}}, .hold_ids = {}, .reference = "order"};
  ASSERT_TRUE(run(holds->begin_confirm(room, command)));
  ASSERT_TRUE(run(holds->abort_confirm(room, "order")));
  EXPECT_TRUE(run(holds->release(room, caller("ana"), SeatId{"A1"})));
}

TEST_P(SeatHoldsConformance, what_the_database_has_sold_is_known_from_the_start) {
  durable_sold = {{SeatId{"S1"}, "eva", "order", clock.now()}};
  EXPECT_EQ(run(holds->select(room, caller("ana"), seat("S1"))).error().code, SeatsErrc::seat_sold);
  const auto snapshot = run(holds->snapshot(room));
  ASSERT_EQ((*snapshot)->sold.size(), 1U);
  EXPECT_EQ((*snapshot)->sold[0].client_id, "eva");
}

TEST_P(SeatHoldsConformance, a_hold_goes_once_when_its_time_is_over) {
  options.hold_ttl = milliseconds{1};
  ASSERT_TRUE(run(holds->select(room, caller("ana"), seat("A1"))));
  ASSERT_TRUE(support::eventually([this] { return run(holds->expire(room)) && announced.changes().size() >= 2; }));
  ASSERT_TRUE(run(holds->expire(room)));
  ASSERT_TRUE(announces(2));
  EXPECT_EQ(announced.changes()[1].kind, EventKind::released);
  EXPECT_EQ(announced.changes()[1].reason, ReleaseReason::expired);
}

TEST_P(SeatHoldsConformance, holds_go_with_their_owner_after_the_grace) {
  options.disconnect_grace = milliseconds{1};
  ASSERT_TRUE(run(holds->join(room, caller("ana"), std::nullopt)));
  ASSERT_TRUE(run(holds->select(room, caller("ana"), seat("A1"))));
  ASSERT_TRUE(run(holds->leave(room, OwnerId{"session:ana"}, 1)));
  ASSERT_TRUE(support::eventually([this] { return run(holds->expire(room)) && announced.changes().size() >= 2; }));
  EXPECT_EQ(announced.changes()[1].reason, ReleaseReason::disconnected);
}

TEST_P(SeatHoldsConformance, of_many_who_race_one_wins) {
  constexpr int clients = 200;
  std::atomic<int> winners = 0;
  std::atomic<int> answers = 0;
  for (int i = 0; i < clients; ++i) {
    boost::asio::co_spawn(
        loop.context,
        [&, i]() -> boost::asio::awaitable<void> {
          const auto answer = co_await holds->select(room, caller("c" + std::to_string(i), 1 + i), seat("A1"));
          if (answer) ++winners;
          ++answers;
        },
        [](std::exception_ptr) {});
  }
  ASSERT_TRUE(support::eventually([&] { return answers == clients; }));
  EXPECT_EQ(winners, 1);
}

INSTANTIATE_TEST_SUITE_P(Engines, SeatHoldsConformance, testing::Values(Kind::memory, Kind::redis, Kind::redis_cluster),
                         [](const auto& kind) {
                           return kind.param == Kind::memory  ? "memory"
                                  : kind.param == Kind::redis ? "redis"
                                                              : "redis_cluster";
                         });

}  // namespace
}  // namespace pulso::seats
