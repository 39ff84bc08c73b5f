#include "bus/redis_pipeline.h"

#include <array>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pulso::bus {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;

constexpr SteadyTime start{std::chrono::hours{1}};
constexpr SteadyTime later = start + milliseconds{10};

class RedisPipelineTest : public testing::Test {
 protected:
  void push(std::string name, SteadyTime deadline = later) {
    pipeline_.push("", deadline, [this, name = std::move(name)](const Result<RedisReply>& reply) {
      heard_.push_back(name + (reply ? ": " + std::string{reply->string()} : " failed"));
    });
  }

  std::vector<std::string> heard_;
  RedisPipeline pipeline_{[this](const RedisReply& push) { heard_.push_back("push " + std::string{push.string()}); }};
};

TEST(RedisCommandWire, is_an_array_of_binary_strings) {
  std::string wire;
  append_command(wire, std::array<std::string_view, 3>{"SET", "", "a\r\n\0"sv});
  EXPECT_EQ(wire, "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\na\r\n\0\r\n"sv);
}

TEST_F(RedisPipelineTest, matches_replies_with_commands_in_their_order) {
  push("one");
  push("two");
  ASSERT_TRUE(pipeline_.feed("+1\r\n$1"));
  EXPECT_THAT(heard_, ElementsAre("one: 1"));
  ASSERT_TRUE(pipeline_.feed("\r\n2\r\n+unasked\r\n"));
  EXPECT_THAT(heard_, ElementsAre("one: 1", "two: 2", "push unasked"));
}

TEST_F(RedisPipelineTest, drops_the_late_reply_and_keeps_the_order) {
  push("late", start);
  push("next");
  EXPECT_EQ(pipeline_.next_deadline(), start);
  pipeline_.expire(start);
  EXPECT_THAT(heard_, ElementsAre("late failed"));
  EXPECT_EQ(pipeline_.next_deadline(), later);
  ASSERT_TRUE(pipeline_.feed("+for-late\r\n+for-next\r\n"));
  EXPECT_THAT(heard_, ElementsAre("late failed", "next: for-next"));
}

TEST_F(RedisPipelineTest, joins_what_is_pushed_between_two_writes) {
  pipeline_.push("one ", later, [](const Result<RedisReply>&) {});
  pipeline_.push_unanswered("two");
  EXPECT_EQ(pipeline_.take_outgoing(), "one two");
  EXPECT_FALSE(pipeline_.has_outgoing());
}

TEST_F(RedisPipelineTest, fails_everything_in_order_and_then_whatever_comes) {
  push("one");
  push("two");
  pipeline_.fail_all({Errc::unavailable});
  push("three");
  EXPECT_THAT(heard_, ElementsAre("one failed", "two failed", "three failed"));
}

TEST_F(RedisPipelineTest, hears_no_more_once_a_reply_has_made_its_owner_give_up) {
  pipeline_.push("", later, [this](const Result<RedisReply>&) { pipeline_.fail_all({Errc::unavailable}); });
  push("two");
  ASSERT_TRUE(pipeline_.feed("+1\r\n+2\r\n"));
  EXPECT_THAT(heard_, ElementsAre("two failed"));
}

TEST_F(RedisPipelineTest, refuses_more_than_its_bounds) {
  for (std::size_t count = 0; count < RedisPipeline::unanswered_max; ++count) {
    pipeline_.push("", later, [](const Result<RedisReply>&) {});
  }
  push("one too many");
  EXPECT_THAT(heard_, ElementsAre("one too many failed"));
}

TEST_F(RedisPipelineTest, gives_up_on_bytes_that_are_no_reply) {
  push("one");
  EXPECT_FALSE(pipeline_.feed("GET / HTTP/1.1\r\n\r\n"));
}

}  // namespace
}  // namespace pulso::bus
