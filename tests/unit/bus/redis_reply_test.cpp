#include "bus/redis_reply.h"

#include <string>

#include <gtest/gtest.h>

namespace pulso::bus {
namespace {

RedisReply read(std::string_view bytes) {
  RedisReplyReader reader;
  EXPECT_TRUE(reader.feed(bytes));
  auto reply = reader.next();
  EXPECT_TRUE(reply && *reply) << bytes;
  return reply && *reply ? std::move(**reply) : RedisReply{};
}

TEST(RedisReply, is_of_one_of_five_kinds) {
  EXPECT_TRUE(read("$-1\r\n").is_nil());
  EXPECT_TRUE(read("*-1\r\n").is_nil());
  EXPECT_EQ(read(":-42\r\n").integer(), -42);
  EXPECT_EQ(read("+OK\r\n").string(), "OK");
  EXPECT_EQ(read("$4\r\na\r\nb\r\n").string(), "a\r\nb");
  EXPECT_EQ(read("-WRONGTYPE no\r\n").error(), "WRONGTYPE no");
  EXPECT_TRUE(read("*0\r\n").is_array());
}

TEST(RedisReply, nests) {
  const RedisReply reply = read("*3\r\n*2\r\n:1\r\n$1\r\nx\r\n$-1\r\n-ERR no\r\n");
  EXPECT_EQ(reply.array().size(), 3U);
  EXPECT_EQ(reply[0][0].integer(), 1);
  EXPECT_EQ(reply[0][1].string(), "x");
  EXPECT_TRUE(reply[1].is_nil());
  EXPECT_TRUE(reply[2].is_error());
}

TEST(RedisReply, gives_empty_values_for_what_it_is_not) {
  const RedisReply text = read("+12x\r\n");
  EXPECT_EQ(text.integer(), std::nullopt);
  EXPECT_TRUE(text[3].is_nil());
  EXPECT_TRUE(text.array().empty());
  EXPECT_EQ(read(":5\r\n").string(), "");
  EXPECT_EQ(read("$2\r\n17\r\n").integer(), 17);
}

TEST(RedisReply, tells_errors_apart_by_their_code) {
  const RedisReply moved = read("-MOVED 1 a:1\r\n");
  EXPECT_TRUE(moved.has_code("MOVED"));
  EXPECT_FALSE(moved.has_code("MOVE"));
  EXPECT_FALSE(moved.has_code("MOVED 1 a:1 and more"));
  EXPECT_FALSE(read("+MOVED\r\n").has_code("MOVED"));
}

TEST(RedisReplyReader, waits_for_whole_replies_however_they_are_cut) {
  const std::string_view bytes = "*2\r\n$3\r\nabc\r\n:7\r\n+end\r\n";
  RedisReplyReader reader;
  std::size_t replies = 0;
  for (const char byte : bytes) {
    ASSERT_TRUE(reader.feed({&byte, 1}));
    auto reply = reader.next();
    ASSERT_TRUE(reply);
    if (*reply) ++replies;
  }
  EXPECT_EQ(replies, 2U);
}

TEST(RedisReplyReader, refuses_long_arrays_and_deep_nesting) {
  for (const std::string& bytes : {std::string{"*262145\r\n"}, std::string{"*2147483647\r\n"},
                                   std::string{"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"}}) {
    RedisReplyReader reader;
    ASSERT_TRUE(reader.feed(bytes));
    EXPECT_FALSE(reader.next());
  }
}

TEST(RedisReplyReader, refuses_replies_past_its_bound) {
  RedisReplyReader reader;
  const std::string megabyte(1 << 20, 'x');
  ASSERT_TRUE(reader.feed("$1000000000\r\n"));
  std::size_t fed = 0;
  while (fed <= RedisReplyReader::reply_bytes_max && reader.feed(megabyte)) {
    fed += megabyte.size();
    ASSERT_TRUE(reader.next());
  }
  EXPECT_LE(fed, RedisReplyReader::reply_bytes_max);
}

}  // namespace
}  // namespace pulso::bus
