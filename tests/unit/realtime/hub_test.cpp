#include "realtime/hub.h"

#include <future>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "support/shard_work.h"

namespace pulso::realtime {
namespace {

using support::run_on;
using support::settle;

struct Recorder final : Subscriber {
  std::vector<std::uint64_t> offsets;
  std::function<void(const TopicEventRef&)> action = [](const TopicEventRef&) {};
  Subscription subscription;
  void on_event(const TopicEventRef& event) override {
    offsets.push_back(event->offset);
    action(event);
  }
};

TopicEventRef event(std::uint64_t offset) {
  auto made = std::make_shared<TopicEvent>();
  made->offset = offset;
  return made;
}

class HubTest : public testing::Test {
 protected:
  HubTest() {
    one_.start();
    two_.start();
  }
  ~HubTest() override {
    one_.stop();
    two_.stop();
  }
  void subscribe(net::Shard& shard, Recorder& recorder, const std::string& topic = "t") {
    run_on(shard, [&] { hub_.subscribe(shard, topic, recorder, recorder.subscription); });
  }
  void unsubscribe(net::Shard& shard, Recorder& recorder) {
    run_on(shard, [&] { recorder.subscription.reset(); });
  }

  net::Shard one_{0}, two_{1};
  ops::Metrics metrics_;
  Hub hub_{{&one_, &two_}, &metrics_.histogram("fan_out", "")};
};

TEST_F(HubTest, measures_a_fan_out_once_a_shard) {
  Recorder here, too, there;
  subscribe(one_, here);
  subscribe(one_, too);
  subscribe(two_, there);
  hub_.publish("t", {event(1), event(2)});
  settle(one_);
  settle(two_);
  EXPECT_NE(metrics_.expose().find("fan_out_count 2\n"), std::string::npos) << metrics_.expose();
  unsubscribe(one_, here);
  unsubscribe(two_, there);
  unsubscribe(one_, too);
}

TEST_F(HubTest, delivers_in_the_order_of_publishing_whatever_threads_that_was_on) {
  Recorder here, there;
  subscribe(one_, here);
  subscribe(two_, there);
  run_on(one_, [this] {
    hub_.publish("t", {event(1)});
    std::thread{[this] { hub_.publish("t", {event(2)}); }}.join();
    hub_.publish("t", {event(3)});
  });
  settle(one_);
  settle(two_);
  EXPECT_EQ(here.offsets, (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(there.offsets, (std::vector<std::uint64_t>{1, 2, 3}));
  unsubscribe(one_, here);
  unsubscribe(two_, there);
}

TEST_F(HubTest, delivers_in_order_on_every_shard_and_to_members_only) {
  Recorder here, there, elsewhere;
  subscribe(one_, here);
  subscribe(two_, there);
  subscribe(one_, elsewhere, "other");
  for (std::uint64_t i = 1; i <= 100; ++i) hub_.publish("t", {event(2 * i - 1), event(2 * i)});
  settle(one_);
  settle(two_);
  std::vector<std::uint64_t> expected(200);
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = i + 1;
  EXPECT_EQ(here.offsets, expected);
  EXPECT_EQ(there.offsets, expected);
  EXPECT_TRUE(elsewhere.offsets.empty());
  EXPECT_EQ(hub_.member_count("t"), 2U);
  unsubscribe(one_, here);
  unsubscribe(two_, there);
  unsubscribe(one_, elsewhere);
  EXPECT_EQ(hub_.member_count("t"), 0U);
}

TEST_F(HubTest, tells_of_the_first_and_the_last_member) {
  std::vector<std::string> seen;
  hub_.observe([&](std::string_view topic) { seen.emplace_back(topic); });
  Recorder here, there;
  subscribe(one_, here);
  EXPECT_EQ(seen, (std::vector<std::string>{"t"}));
  subscribe(two_, there);
  unsubscribe(one_, here);
  EXPECT_EQ(seen.size(), 1U);
  unsubscribe(two_, there);
  EXPECT_EQ(seen, (std::vector<std::string>{"t", "t"}));
  EXPECT_TRUE(hub_.topics().empty());
}

TEST_F(HubTest, lets_members_leave_in_the_middle_of_a_fan_out) {
  // More than one slice, so that the pass is under way when members go.
  constexpr std::size_t count = 5000;
  std::vector<std::unique_ptr<Recorder>> recorders;
  for (std::size_t i = 0; i < count; ++i) recorders.push_back(std::make_unique<Recorder>());
  run_on(one_, [&] {
    for (auto& recorder : recorders) hub_.subscribe(one_, "t", *recorder, recorder->subscription);
  });
  recorders[0]->action = [&](const TopicEventRef&) {
    recorders[0]->subscription.reset();
    recorders[1]->subscription.reset();
    recorders[count - 1]->subscription.reset();
  };
  hub_.publish("t", {event(1), event(2)});
  settle(one_);
  EXPECT_EQ(recorders[0]->offsets, (std::vector<std::uint64_t>{1}));
  EXPECT_TRUE(recorders[1]->offsets.empty());
  EXPECT_TRUE(recorders[count - 1]->offsets.empty());
  for (std::size_t i = 2; i + 1 < count; ++i) ASSERT_EQ(recorders[i]->offsets.size(), 2U) << i;
  hub_.publish("t", {event(3)});
  settle(one_);
  EXPECT_EQ(recorders[2]->offsets.size(), 3U);
  EXPECT_EQ(hub_.member_count("t"), count - 3);
  run_on(one_, [&] { recorders.clear(); });
  EXPECT_EQ(hub_.member_count("t"), 0U);
}

TEST_F(HubTest, lets_the_last_member_leave_from_within_its_event) {
  Recorder only;
  only.action = [&](const TopicEventRef&) { only.subscription.reset(); };
  subscribe(one_, only);
  hub_.publish("t", {event(1), event(2)});
  settle(one_);
  EXPECT_EQ(only.offsets, (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(hub_.member_count("t"), 0U);
}

TEST_F(HubTest, lets_a_member_join_from_within_an_event) {
  Recorder first, joiner;
  first.action = [&](const TopicEventRef& e) {
    if (e->offset == 1) hub_.subscribe(one_, "t", joiner, joiner.subscription);
  };
  subscribe(one_, first);
  hub_.publish("t", {event(1)});
  settle(one_);
  hub_.publish("t", {event(2)});
  settle(one_);
  EXPECT_EQ(joiner.offsets, (std::vector<std::uint64_t>{2}));
  unsubscribe(one_, first);
  unsubscribe(one_, joiner);
}

}  // namespace
}  // namespace pulso::realtime
