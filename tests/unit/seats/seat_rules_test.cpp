#include "features/seats/seat_rules.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace pulso::seats {
namespace {

class SeatRules : public testing::Test {
 protected:
  static Caller caller(const std::string& name, std::uint64_t connection = 1) {
    return {.owner = OwnerId{"session:" + name}, .client_id = name, .origin = {connection, 7}};
  }
  Outcome<HoldAnswer> select(const Caller& who, const std::string& seat) {
    Changes changes;
    expire(room, changes, clock.now());
    auto answer = seats::select(
        room, changes, who, {SeatId{seat}, R"({"name":"x"})", "hold-" + std::to_string(++holds)}, options, clock.now());
    last = std::move(changes);
    return answer;
  }
  Changes expire_now() {
    Changes changes;
    expire(room, changes, clock.now());
    return changes;
  }

  RoomState room;
  SeatsOptions options;
  support::FakeClock clock;
  Changes last;
  int holds = 0;
};

TEST_F(SeatRules, a_free_seat_goes_to_the_first_who_asks) {
  const auto answer = select(caller("ana"), "A1");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->offset, room.offset);
  EXPECT_EQ(answer->hold.expires_at, clock.now() + options.hold_ttl);
  ASSERT_EQ(last.events.size(), 1U);
  EXPECT_EQ(last.events[0].kind, EventKind::selected);
  EXPECT_EQ(last.events[0].origin, (Origin{1, 7}));

  const auto loser = select(caller("eva", 2), "A1");
  ASSERT_FALSE(loser);
  EXPECT_EQ(loser.error().code, SeatsErrc::seat_taken);
  EXPECT_EQ(loser.error().expires_at, answer->hold.expires_at);
  EXPECT_TRUE(last.events.empty());
}

TEST_F(SeatRules, ones_own_seat_again_changes_nothing) {
  const auto first = select(caller("ana"), "A1");
  clock.advance(milliseconds{1000});
  const auto again = select(caller("ana"), "A1");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->offset, 0U);
  EXPECT_EQ(again->hold.expires_at, first->hold.expires_at);
  EXPECT_EQ(again->hold.hold_id, first->hold.hold_id);
}

TEST_F(SeatRules, a_hold_expires_once_at_its_time) {
  static_cast<void>(join(room, caller("ana")));
  ASSERT_TRUE(select(caller("ana"), "A1"));
  clock.advance(options.hold_ttl - milliseconds{1});
  EXPECT_TRUE(expire_now().events.empty());
  clock.advance(milliseconds{1});
  const Changes changes = expire_now();
  ASSERT_EQ(changes.events.size(), 1U);
  EXPECT_EQ(changes.events[0].kind, EventKind::released);
  EXPECT_EQ(changes.events[0].reason, ReleaseReason::expired);
  EXPECT_TRUE(expire_now().events.empty());
  EXPECT_TRUE(select(caller("eva", 2), "A1"));
}

TEST_F(SeatRules, a_renewal_starts_the_time_anew_and_is_limited) {
  ASSERT_TRUE(select(caller("ana"), "A1"));
  clock.advance(milliseconds{1000});
  Changes changes;
  const auto renewed = renew(room, changes, caller("ana"), SeatId{"A1"}, options, clock.now());
  ASSERT_TRUE(renewed);
  EXPECT_EQ(renewed->hold.expires_at, clock.now() + options.hold_ttl);
  const auto again = renew(room, changes, caller("ana"), SeatId{"A1"}, options, clock.now());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, SeatsErrc::renew_limit);
}

TEST_F(SeatRules, only_the_owner_may_release_or_renew) {
  ASSERT_TRUE(select(caller("ana"), "A1"));
  Changes changes;
  EXPECT_EQ(release(room, changes, caller("eva"), SeatId{"A1"}, clock.now()).error().code, SeatsErrc::not_owner);
  EXPECT_EQ(renew(room, changes, caller("eva"), SeatId{"A1"}, options, clock.now()).error().code, SeatsErrc::not_owner);
  EXPECT_EQ(release(room, changes, caller("ana"), SeatId{"A2"}, clock.now()).error().code, SeatsErrc::not_owner);
  EXPECT_TRUE(release(room, changes, caller("ana"), SeatId{"A1"}, clock.now()));
  EXPECT_TRUE(room.holds.empty());
}

TEST_F(SeatRules, an_owner_has_a_limit_of_seats) {
  options.max_seats = 2;
  ASSERT_TRUE(select(caller("ana"), "A1"));
  ASSERT_TRUE(select(caller("ana"), "A2"));
  EXPECT_EQ(select(caller("ana"), "A3").error().code, SeatsErrc::seat_limit);
  EXPECT_TRUE(select(caller("eva"), "A3"));
}

TEST_F(SeatRules, holds_outlive_the_last_connection_by_the_grace) {
  static_cast<void>(join(room, caller("ana", 1)));
  static_cast<void>(join(room, caller("ana", 2)));
  ASSERT_TRUE(select(caller("ana"), "A1"));
  leave(room, OwnerId{"session:ana"}, 1, options, clock.now());
  clock.advance(*options.disconnect_grace);
  EXPECT_TRUE(expire_now().events.empty()) << "the second connection is still there";

  leave(room, OwnerId{"session:ana"}, 2, options, clock.now());
  leave(room, OwnerId{"session:ana"}, 2, options, clock.now());
  clock.advance(*options.disconnect_grace - milliseconds{1});
  EXPECT_TRUE(expire_now().events.empty());
  clock.advance(milliseconds{1});
  const Changes changes = expire_now();
  ASSERT_EQ(changes.events.size(), 1U);
  EXPECT_EQ(changes.events[0].reason, ReleaseReason::disconnected);
  EXPECT_TRUE(room.members.empty());
  EXPECT_TRUE(room.owner_by_display_name.empty());
}

TEST_F(SeatRules, coming_back_in_time_keeps_the_holds) {
  static_cast<void>(join(room, caller("ana", 1)));
  ASSERT_TRUE(select(caller("ana"), "A1"));
  leave(room, OwnerId{"session:ana"}, 1, options, clock.now());
  clock.advance(milliseconds{1000});
  static_cast<void>(join(room, caller("ana", 2)));
  clock.advance(*options.disconnect_grace);
  EXPECT_TRUE(expire_now().events.empty());
}

TEST_F(SeatRules, keep_leaves_holds_to_their_expiry) {
  options.disconnect_grace.reset();
  static_cast<void>(join(room, caller("ana", 1)));
  ASSERT_TRUE(select(caller("ana"), "A1"));
  leave(room, OwnerId{"session:ana"}, 1, options, clock.now());
  clock.advance(options.hold_ttl - milliseconds{1});
  EXPECT_TRUE(expire_now().events.empty());
  clock.advance(milliseconds{1});
  EXPECT_EQ(expire_now().events.at(0).reason, ReleaseReason::expired);
}

TEST_F(SeatRules, a_seat_selected_without_a_connection_has_the_grace) {
  ASSERT_TRUE(select(caller("ana"), "A1"));
  clock.advance(*options.disconnect_grace);
  EXPECT_EQ(expire_now().events.at(0).reason, ReleaseReason::disconnected);
}

TEST_F(SeatRules, the_second_owner_of_an_id_is_seen_under_another_name) {
  Caller first = caller("ana");
  Caller second{.owner = OwnerId{"session:other"}, .client_id = "ana", .origin = {2, 0}};
  Caller third{.owner = OwnerId{"session:third"}, .client_id = "ana", .origin = {3, 0}};
  EXPECT_EQ(join(room, first), "ana");
  EXPECT_EQ(join(room, second), "ana~2");
  EXPECT_EQ(join(room, third), "ana~3");
  EXPECT_EQ(join(room, second), "ana~2");
  ASSERT_TRUE(select(second, "A1"));
  EXPECT_EQ(last.events.at(0).client_id, "ana");
  EXPECT_EQ(last.events.at(0).display_name, "ana~2");
  leave(room, first.owner, 1, options, clock.now());
  Caller fourth{.owner = OwnerId{"session:fourth"}, .client_id = "ana", .origin = {4, 0}};
  EXPECT_EQ(join(room, fourth), "ana") << "the name is free again";
}

TEST_F(SeatRules, thousands_of_one_id_are_named_quickly) {
  for (std::uint64_t i = 1; i <= 5000; ++i) {
    const Caller who{.owner = OwnerId{"session:" + std::to_string(i)}, .client_id = "user", .origin = {i, 0}};
    static_cast<void>(join(room, who));
  }
  EXPECT_EQ(room.owner_by_display_name.size(), 5000U);
}

class Confirmation : public SeatRules {
 protected:
  Confirmation() {
    EXPECT_TRUE(select(caller("ana"), "A1"));
    EXPECT_TRUE(select(caller("ana"), "A2"));
    EXPECT_TRUE(select(caller("eva"), "B1"));
  }
  Outcome<std::vector<Hold>> begin(std::vector<SeatId> seats, std::vector<std::string> hold_ids = {},
                                   std::string reference = "order-1") {
    Changes changes;
    ConfirmSeats command{.client_id = "ana",
                         .owner = {},
                         .seats = std::move(seats),
                         .hold_ids = std::move(hold_ids),
                         .reference = std::move(reference)};
    return begin_confirm(room, changes, command, options, clock.now());
  }
  Changes finish(std::vector<std::string> seats) {
    std::vector<SoldSeat> sold;
    for (auto& seat : seats) sold.push_back({SeatId{seat}, "ana", "order-1", clock.now()});
    Changes changes;
    finish_confirm(room, changes, sold, clock.now());
    return changes;
  }
};

TEST_F(Confirmation, turns_holds_into_sold_seats_once) {
  ASSERT_TRUE(begin({SeatId{"A1"}, SeatId{"A2"}}));
  const Changes changes = finish({"A1", "A2"});
  ASSERT_EQ(changes.events.size(), 1U);
  EXPECT_EQ(changes.events[0].kind, EventKind::sold);
  EXPECT_EQ(changes.events[0].seats.size(), 2U);
  EXPECT_TRUE(finish({"A1", "A2"}).events.empty());
  EXPECT_EQ(select(caller("eva"), "A1").error().code, SeatsErrc::seat_sold);
}

TEST_F(Confirmation, takes_all_seats_or_none) {
  const auto refused = begin({SeatId{"A1"}, SeatId{"B1"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, SeatsErrc::not_owner);
  EXPECT_EQ(refused.error().seat, "B1");
  EXPECT_FALSE(room.holds.at(SeatId{"A1"}).confirming_until);
}

TEST_F(Confirmation, checks_the_fencing_tokens) {
  EXPECT_EQ(begin({SeatId{"A1"}}, {"hold-9"}).error().code, SeatsErrc::not_owner);
  EXPECT_TRUE(begin({SeatId{"A1"}}, {"hold-1"}));
}

TEST_F(Confirmation, keeps_holds_from_lapsing_and_from_being_given_back) {
  ASSERT_TRUE(begin({SeatId{"A1"}}));
  clock.advance(options.confirm_lock - milliseconds{1});
  for (const SeatChange& change : expire_now().events) EXPECT_NE(change.seats.at(0), SeatId{"A1"});
  Changes changes;
  EXPECT_FALSE(release(room, changes, caller("ana"), SeatId{"A1"}, clock.now()));
  clock.advance(milliseconds{1});
  const Changes lapsed = expire_now();
  ASSERT_EQ(lapsed.unverified.size(), 1U) << "only the database knows by now";
  EXPECT_TRUE(room.holds.contains(SeatId{"A1"}));
}

TEST_F(Confirmation, that_is_aborted_gives_the_hold_its_time_back) {
  ASSERT_TRUE(begin({SeatId{"A1"}}));
  clock.advance(*options.disconnect_grace);
  Changes changes;
  abort_confirm(room, changes, "order-1", clock.now());
  EXPECT_FALSE(room.holds.contains(SeatId{"A1"}));
}

TEST_F(Confirmation, under_another_reference_waits_its_turn) {
  ASSERT_TRUE(begin({SeatId{"A1"}}));
  EXPECT_TRUE(begin({SeatId{"A1"}}));
  EXPECT_EQ(begin({SeatId{"A1"}}, {}, "order-2").error().code, SeatsErrc::conflict);
}

TEST_F(Confirmation, can_be_undone) {
  ASSERT_TRUE(begin({SeatId{"A1"}}));
  static_cast<void>(finish({"A1"}));
  Changes changes;
  unsell(room, changes, SeatId{"A1"}, clock.now());
  ASSERT_EQ(changes.events.size(), 1U);
  EXPECT_EQ(changes.events[0].kind, EventKind::unsold);
  EXPECT_TRUE(select(caller("eva"), "A1"));
}

}  // namespace
}  // namespace pulso::seats
