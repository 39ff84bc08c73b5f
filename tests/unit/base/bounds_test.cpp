#include <gtest/gtest.h>

#include "base/ids.h"
#include "base/token_bucket.h"

namespace pulso {
namespace {

TEST(Identifier, has_1_to_128_allowed_characters) {
  EXPECT_TRUE(is_identifier("funcion_123"));
  EXPECT_TRUE(is_identifier("A1-b.c:d"));
  EXPECT_TRUE(is_identifier(std::string(128, 'x')));
  EXPECT_FALSE(is_identifier(""));
  EXPECT_FALSE(is_identifier(std::string(129, 'x')));
  for (const char* text : {"a b", "a/b", "a~2", "ñ", "a\n", "<a>", "{a}"}) EXPECT_FALSE(is_identifier(text)) << text;
}

TEST(TokenBucket, lets_a_burst_through_and_then_the_rate) {
  const RateLimit limit{.per_second = 10, .burst = 3};
  TokenBucket bucket;
  SteadyTime now = SteadyTime{} + std::chrono::hours{1};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(limit, now));
  EXPECT_FALSE(bucket.take(limit, now));
  now += milliseconds{100};
  EXPECT_TRUE(bucket.take(limit, now));
  EXPECT_FALSE(bucket.take(limit, now));
  now += std::chrono::hours{1};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(limit, now));
  EXPECT_FALSE(bucket.take(limit, now));
}

TEST(TokenBucket, is_off_without_a_rate) {
  TokenBucket bucket;
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(bucket.take(RateLimit{}, SteadyTime{}));
}

}  // namespace
}  // namespace pulso
