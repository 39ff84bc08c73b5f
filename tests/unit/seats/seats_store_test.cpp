#include "features/seats/seats_store.h"

#include <future>

#include <gtest/gtest.h>

#include "holds_fixture.h"
#include "support/database_test.h"
#include "support/fake_clock.h"

namespace pulso::seats {
namespace {

class SeatsStoreTest : public support::DatabaseTest {
 protected:
  /// Its threads end first: they post to the loop.
  ~SeatsStoreTest() override {
    if (database_) database_->close();
  }
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(store::migrate(*database_, SeatsStore::migrations()));
    store = std::make_unique<SeatsStore>(*database_);
  }
  template <class T>
  T run(boost::asio::awaitable<T> work) {
    return loop.run(std::move(work));
  }
  Result<void> write(std::vector<JournalRecord> records) {
    std::promise<Result<void>> written;
    store->write_holds(std::move(records), [&](Result<void> result) { written.set_value(std::move(result)); });
    return written.get_future().get();
  }
  Hold hold_of(const std::string& seat) {
    Hold hold;
    hold.seat = SeatId{seat};
    hold.owner = OwnerId{"user:ü"};
    hold.client_id = "ana";
    hold.display_name = "ana~2";
    hold.user_info = R"({"name":"Ñandú"})";
    hold.hold_id = "h";
    hold.selected_at = clock.now();
    hold.expires_at = clock.now() + milliseconds{5};
    hold.renewals = 1;
    return hold;
  }

  support::FakeClock clock;
  Loop loop;
  RoomId room{"r1"};
  std::unique_ptr<SeatsStore> store;
};

TEST_P(SeatsStoreTest, gives_holds_back_as_they_were_written) {
  Hold confirmed = hold_of("A2");
  confirmed.confirming_until = clock.now() + milliseconds{9};
  confirmed.reference = "order";
  ASSERT_TRUE(write({{room, SeatId{"A1"}, hold_of("A1")}, {room, SeatId{"A2"}, confirmed}}));
  const auto durable = run(store->load_room(room, true));
  ASSERT_TRUE(durable);
  ASSERT_EQ(durable->holds.size(), 2U);
  const Hold& first = durable->holds[0].seat == SeatId{"A1"} ? durable->holds[0] : durable->holds[1];
  const Hold& second = durable->holds[0].seat == SeatId{"A1"} ? durable->holds[1] : durable->holds[0];
  EXPECT_EQ(first.owner, OwnerId{"user:ü"});
  EXPECT_EQ(first.user_info, R"({"name":"Ñandú"})");
  EXPECT_EQ(first.expires_at, clock.now() + milliseconds{5});
  EXPECT_EQ(first.renewals, 1U);
  EXPECT_FALSE(first.confirming_until);
  EXPECT_EQ(second.confirming_until, clock.now() + milliseconds{9});
  EXPECT_EQ(second.reference, "order");
  EXPECT_EQ(run(store->rooms_with_holds()).value(), std::vector<RoomId>{room});
}

TEST_P(SeatsStoreTest, keeps_the_last_word_on_each_seat) {
  ASSERT_TRUE(write({{room, SeatId{"A1"}, hold_of("A1")}, {room, SeatId{"A1"}, std::nullopt}}));
  EXPECT_TRUE(run(store->load_room(room, true))->holds.empty());
  ASSERT_TRUE(write({{room, SeatId{"A1"}, std::nullopt}, {room, SeatId{"A1"}, hold_of("A1")}}));
  ASSERT_TRUE(write({{room, SeatId{"A1"}, hold_of("A1")}}));
  EXPECT_EQ(run(store->load_room(room, true))->holds.size(), 1U);
}

TEST_P(SeatsStoreTest, sells_once_under_one_reference) {
  const std::vector<SeatId> seats{SeatId{"A2"}, SeatId{"A1"}};
  const auto sold = run(store->sell(room, "order-1", "ana", seats, clock.now()));
  ASSERT_TRUE(sold) << sold.error().message;
  EXPECT_EQ(sold->size(), 2U);
  const auto again = run(store->sell(room, "order-1", "ana", seats, clock.now() + milliseconds{5}));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->size(), 2U);
  EXPECT_EQ(again->front().sold_at, clock.now());
  EXPECT_EQ(run(store->seats_of_reference(room, "order-1")).value(), (std::vector<SeatId>{SeatId{"A1"}, SeatId{"A2"}}));
  EXPECT_FALSE(run(store->seats_of_reference(room, "order-9")).value());
}

TEST_P(SeatsStoreTest, refuses_a_reference_for_other_seats_and_a_seat_twice) {
  ASSERT_TRUE(run(store->sell(room, "order-1", "ana", {SeatId{"A1"}}, clock.now())));
  const auto other_seats = run(store->sell(room, "order-1", "ana", {SeatId{"A2"}}, clock.now()));
  ASSERT_FALSE(other_seats);
  EXPECT_EQ(other_seats.error().code, make_error_code(Errc::conflict));
  const auto same_seat = run(store->sell(room, "order-2", "eva", {SeatId{"A2"}, SeatId{"A1"}}, clock.now()));
  ASSERT_FALSE(same_seat);
  EXPECT_EQ(same_seat.error().code, make_error_code(Errc::conflict));
  EXPECT_EQ(same_seat.error().field, "A1");
  EXPECT_EQ(run(store->load_room(room, false))->sold.size(), 1U) << "all or none";
  EXPECT_TRUE(run(store->sell(RoomId{"r2"}, "order-1", "ana", {SeatId{"A1"}}, clock.now())));
}

TEST_P(SeatsStoreTest, undoes_a_sale_once) {
  ASSERT_TRUE(run(store->sell(room, "order-1", "ana", {SeatId{"A1"}}, clock.now())));
  EXPECT_TRUE(run(store->unsell(room, SeatId{"A1"})).value());
  EXPECT_FALSE(run(store->unsell(room, SeatId{"A1"})).value());
  const auto again = run(store->sell(room, "order-1", "ana", {SeatId{"A1"}}, clock.now()));
  ASSERT_TRUE(again) << "the reference has been used";
  EXPECT_TRUE(again->empty());
  EXPECT_TRUE(run(store->sell(room, "order-2", "ana", {SeatId{"A1"}}, clock.now())));
}

TEST_P(SeatsStoreTest, keeps_room_definitions) {
  EXPECT_FALSE(run(store->definition(room)).value());
  EXPECT_TRUE(run(store->put_definition(room, "{}", clock.now())).value());
  EXPECT_FALSE(run(store->put_definition(room, R"({"title":"x"})", clock.now())).value());
  EXPECT_EQ(run(store->definition(room)).value(), R"({"title":"x"})");
  const auto listed = run(store->definitions(10));
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ((*listed)[0].room, room);
}

PULSO_FOR_EACH_ENGINE(SeatsStoreTest);

}  // namespace
}  // namespace pulso::seats
