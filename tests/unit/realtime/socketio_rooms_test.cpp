#include "realtime/socketio_rooms.h"

#include <gtest/gtest.h>

#include "support/shard_work.h"

namespace pulso::realtime {
namespace {

using support::run_on;
using support::settle;

class Member final : public SocketioMember {
 public:
  void deliver(const SocketioBatch& batch) override {
    for (const auto& publication : batch.publications) heard.push_back(publication->position.minor);
    action();
  }
  std::vector<std::uint64_t> heard;
  std::function<void()> action = [] {};
};

class SocketioRoomsTest : public testing::Test {
 protected:
  SocketioRoomsTest() { shard.start(); }
  ~SocketioRoomsTest() override { shard.stop(); }

  static SocketioPublicationRef event(std::uint64_t number, SocketioTarget target) {
    SocketioDraft draft;
    draft.target = std::move(target);
    draft.text = R"(42["e"])";
    return std::make_shared<const SocketioPublication>(std::move(draft), LogPosition{0, number}, nullptr, 0);
  }

  net::Shard shard{0};
  std::vector<std::string> changes;
  SocketioRooms rooms{shard,
                      {[this](const std::string& room) { changes.push_back("+" + room); },
                       [this](const std::string& room) { changes.push_back("-" + room); }},
                      {}};
  Member one, two, three;
};

TEST_F(SocketioRoomsTest, reach_each_member_once_and_in_order) {
  run_on(shard, [&] {
    rooms.add(one, "one");
    rooms.add(two, "two");
    rooms.add(three, "three");
    rooms.join(one, "a");
    rooms.join(one, "b");
    rooms.join(two, "b");
  });
  rooms.post(event(1, {.rooms = {"a", "b"}, .except = {}}));
  rooms.post(event(2, {.rooms = {"b"}, .except = {}}));
  rooms.post(event(3, {}));
  rooms.post(event(4, {.rooms = {"a", "three"}, .except = {"two"}}));
  rooms.post(event(5, {.rooms = {}, .except = {"b"}}));
  rooms.post(event(6, {.rooms = {"b", "one"}, .except = {"one"}}));
  settle(shard);
  EXPECT_EQ(one.heard, (std::vector<std::uint64_t>{1, 2, 3, 4}));
  EXPECT_EQ(two.heard, (std::vector<std::uint64_t>{1, 2, 3, 6}));
  EXPECT_EQ(three.heard, (std::vector<std::uint64_t>{3, 4, 5}));
  run_on(shard, [&] {
    for (Member* member : {&one, &two, &three}) rooms.remove(*member);
  });
  EXPECT_EQ(changes, (std::vector<std::string>{"+a", "+b", "-a", "-b"}));
}

TEST_F(SocketioRoomsTest, change_behind_what_is_queued) {
  run_on(shard, [&] {
    rooms.add(one, "one");
    rooms.add(two, "two");
    rooms.join(one, "a");
    rooms.post(event(1, {.rooms = {"a"}, .except = {}}));
    rooms.join(two, "a");
    rooms.post(event(2, {.rooms = {"a"}, .except = {}}));
    rooms.leave(one, "a");
    rooms.send(one, event(3, {}));
  });
  settle(shard);
  EXPECT_EQ(one.heard, (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(two.heard, (std::vector<std::uint64_t>{2}));
  run_on(shard, [&] {
    rooms.remove(one);
    rooms.remove(two);
  });
}

TEST_F(SocketioRoomsTest, answer_at_once_but_never_before_what_is_queued) {
  run_on(shard, [&] {
    rooms.add(one, "one");
    rooms.answer(one, event(1, {}));
    EXPECT_EQ(one.heard, (std::vector<std::uint64_t>{1}));
    rooms.post(event(2, {}));
    rooms.answer(one, event(3, {}));
    EXPECT_EQ(one.heard, (std::vector<std::uint64_t>{1}));
    rooms.deliver_all();
    EXPECT_EQ(one.heard, (std::vector<std::uint64_t>{1, 2, 3}));
    rooms.remove(one);
  });
}

TEST_F(SocketioRoomsTest, keep_no_more_than_a_bound_for_a_shard_that_is_behind) {
  ops::Metrics metrics;
  ops::Counter& dropped = metrics.counter("dropped", "");
  const auto ignore = [](const std::string&) {};
  SocketioRooms bounded{
      shard, {ignore, ignore}, {.fan_out_seconds = nullptr, .delivered = nullptr, .dropped = &dropped}};
  run_on(shard, [&] {
    bounded.add(one, "one");
    for (std::size_t i = 1; i < SocketioRooms::waiting_max; ++i) bounded.post(event(i, {}));
    bounded.send(one, event(SocketioRooms::waiting_max, {}));  // takes over what has been posted
    EXPECT_EQ(dropped.value(), 0U);
    for (int i = 0; i < 3; ++i) bounded.post(event(100'000, {}));
  });
  EXPECT_EQ(dropped.value(), 3U);
  run_on(shard, [&] { bounded.remove(one); });
  shard.stop();  // what is still queued refers to `bounded`
}

TEST_F(SocketioRoomsTest, keep_the_order_while_a_large_delivery_is_cut_into_slices) {
  constexpr std::size_t count = 5000;
  std::vector<std::unique_ptr<Member>> many;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back("member-" + std::to_string(i));
  run_on(shard, [&] {
    for (std::size_t i = 0; i < count; ++i) {
      many.push_back(std::make_unique<Member>());
      rooms.add(*many[i], names[i]);
    }
    rooms.join(*many[count - 1], "small");
  });
  rooms.post(event(1, {}));
  rooms.post(event(2, {.rooms = {"small"}, .except = {}}));
  settle(shard);
  EXPECT_EQ(many.back()->heard, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(many.front()->heard, (std::vector<std::uint64_t>{1}));
  // Members leave in the middle of a delivery, before and behind its cursor.
  many[0]->action = [&] {
    rooms.remove(*many[0]);
    rooms.remove(*many[1]);
    rooms.remove(*many[count - 1]);
  };
  rooms.post(event(3, {}));
  settle(shard);
  EXPECT_EQ(many[1]->heard, (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(many[2]->heard, (std::vector<std::uint64_t>{1, 3}));
  run_on(shard, [&] {
    for (const auto& member : many) rooms.remove(*member);
  });
}

}  // namespace
}  // namespace pulso::realtime
