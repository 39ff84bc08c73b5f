#include "features/seats/memory_seat_holds.h"

#include <array>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "holds_fixture.h"
#include "support/fake_clock.h"

namespace pulso::seats {
namespace {

using Done = std::move_only_function<void(Result<void>)>;

class MemorySeatHoldsTest : public testing::Test {
 protected:
  MemorySeatHoldsTest()
      : holds({.options = options,
               .clock = clock,
               .executor = loop.context.get_executor(),
               .load_room = [this](RoomId) -> boost::asio::awaitable<Result<DurableRoom>> {
                 ++loads;
                 co_return durable;
               },
               .write = [this](std::vector<JournalRecord> records,
                               Done done) { write(std::move(records), std::move(done)); },
               .listener = announced.listener()}) {}
  /// As the feature does before its loops stop: the journal's last turn may still be on another thread.
  ~MemorySeatHoldsTest() override { holds.wait_idle(milliseconds{5000}); }

  void write(std::vector<JournalRecord> records, Done done) {
    {
      const std::lock_guard lock{mutex};
      writes.push_back(records.size());
      if (is_holding_back) {
        waiting.push_back(std::move(done));
        return;
      }
    }
    done(is_broken ? Result<void>{fail(Errc::unavailable)} : Result<void>{});
  }
  void start(boost::asio::awaitable<void> work) {
    boost::asio::co_spawn(loop.context, std::move(work), [](std::exception_ptr) {});
  }
  boost::asio::awaitable<void> select(std::string who, std::string id) {
    const auto answer = co_await holds.select(room, caller(who), seat(id));
    (answer ? granted : refused) += 1;
  }
  /// Everything that was posted before has run.
  void settle() {
    for (int i = 0; i < 4; ++i) {
      loop.run([]() -> boost::asio::awaitable<void> { co_return; }());
    }
  }

  support::FakeClock clock;
  SeatsOptions options;
  Loop loop;
  Announcements announced;
  RoomId room{"r"};
  DurableRoom durable;
  std::atomic<int> loads = 0;
  std::atomic<int> granted = 0;
  std::atomic<int> refused = 0;
  std::atomic<bool> is_broken = false;
  std::mutex mutex;
  bool is_holding_back = false;
  std::vector<Done> waiting;
  std::vector<std::size_t> writes;
  MemorySeatHolds holds;
};

TEST_F(MemorySeatHoldsTest, what_is_decided_in_one_turn_is_written_and_announced_together) {
  ASSERT_TRUE(loop.run(holds.load(room)));
  loop.run([this]() -> boost::asio::awaitable<void> {
    for (int i = 0; i < 8; ++i) start(select("ana", "A" + std::to_string(i)));
    co_return;
  }());
  settle();
  EXPECT_EQ(granted, 8);
  EXPECT_EQ(writes, std::vector<std::size_t>{8});
  EXPECT_EQ(announced.batches(), std::vector<std::size_t>{8});
}

TEST_F(MemorySeatHoldsTest, nobody_hears_of_a_decision_before_it_is_written) {
  ASSERT_TRUE(loop.run(holds.load(room)));
  is_holding_back = true;
  start(select("ana", "A1"));
  settle();
  EXPECT_EQ(granted, 0);
  EXPECT_TRUE(announced.changes().empty());
  Done done;
  {
    const std::lock_guard lock{mutex};
    ASSERT_EQ(waiting.size(), 1U);
    done = std::move(waiting[0]);
    is_holding_back = false;
  }
  done({});
  settle();
  EXPECT_EQ(granted, 1);
  EXPECT_EQ(announced.changes().size(), 1U);
}

TEST_F(MemorySeatHoldsTest, what_could_not_be_written_never_was) {
  is_broken = true;
  const auto refused_answer = loop.run(holds.select(room, caller("ana"), seat("A1")));
  ASSERT_FALSE(refused_answer);
  EXPECT_EQ(refused_answer.error().code, SeatsErrc::unavailable);
  EXPECT_TRUE(announced.changes().empty());
  is_broken = false;
  const auto answer = loop.run(holds.select(room, caller("eva", 2), seat("A1")));
  ASSERT_TRUE(answer) << "the room was read again";
  EXPECT_EQ(loads, 2);
  EXPECT_GT(announced.gaps, 0);
}

TEST_F(MemorySeatHoldsTest, holds_of_a_former_process_are_there_and_expire) {
  Hold hold;
  hold.seat = SeatId{"A1"};
  hold.owner = OwnerId{"session:ana"};
  hold.client_id = hold.display_name = "ana";
  hold.hold_id = "h";
  hold.expires_at = clock.now() + milliseconds{10'000};
  durable.holds = {hold};
  EXPECT_EQ(loop.run(holds.select(room, caller("eva", 2), seat("A1"))).error().code, SeatsErrc::seat_taken);
  EXPECT_TRUE(loop.run(holds.renew(room, caller("ana"), SeatId{"A1"})));
  clock.advance(options.hold_ttl);
  EXPECT_TRUE(loop.run(holds.select(room, caller("eva", 2), seat("A1"))));
}

TEST_F(MemorySeatHoldsTest, a_sale_that_a_crash_cut_in_two_is_a_sale) {
  Hold hold;
  hold.seat = SeatId{"A1"};
  hold.owner = OwnerId{"session:ana"};
  hold.client_id = hold.display_name = "ana";
  hold.expires_at = clock.now() + milliseconds{10'000};
  durable.holds = {hold};
  durable.sold = {{SeatId{"A1"}, "ana", "order", clock.now()}};
  EXPECT_EQ(loop.run(holds.select(room, caller("ana"), seat("A1"))).error().code, SeatsErrc::seat_sold);
}

TEST_F(MemorySeatHoldsTest, threads_that_race_find_one_winner) {
  constexpr int clients = 64;
  std::array<boost::asio::io_context, 8> contexts;  // outlive all threads: each posts to the others'
  std::vector<std::thread> threads;
  std::atomic<int> winners = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      auto& own = contexts[i];
      for (int j = 0; j < clients; ++j) {
        boost::asio::co_spawn(
            own,
            [&, i, j]() -> boost::asio::awaitable<void> {
              const std::string name = std::to_string(i) + "-" + std::to_string(j);
              if (co_await holds.select(room, caller(name, static_cast<std::uint64_t>(i * clients + j + 1)),
                                        seat("A1")))
                ++winners;
            },
            [](std::exception_ptr) {});
      }
      // Answers come from the journal's thread: the loop has work until each coroutine has ended.
      own.run();
    });
  }
  for (std::thread& thread : threads) thread.join();
  holds.wait_idle(milliseconds{5000});  // the journal's last turn may still be waking one of them
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(announced.changes().size(), 1U);
}

TEST_F(MemorySeatHoldsTest, rooms_that_nobody_needs_are_forgotten) {
  ASSERT_TRUE(loop.run(holds.select(room, caller("ana"), seat("A1"))));
  holds.forget_idle_rooms();
  ASSERT_TRUE(loop.run(holds.release(room, caller("ana"), SeatId{"A1"})));
  holds.forget_idle_rooms();
  EXPECT_EQ(loads, 1) << "recent changes may still be asked for";
  clock.advance(options.resume_window + milliseconds{1});
  holds.forget_idle_rooms();
  ASSERT_TRUE(loop.run(holds.snapshot(room)));
  EXPECT_EQ(loads, 2);
}

}  // namespace
}  // namespace pulso::seats
