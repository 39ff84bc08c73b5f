#include "auth/api_key_cache.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace pulso::auth {
namespace {

TEST(ApiKeyCacheTest, believes_an_answer_for_a_second) {
  support::FakeClock clock;
  ApiKeyCache cache;
  const auto principal = std::make_shared<const Principal>();
  cache.remember("key", principal, clock.steady_now());
  EXPECT_EQ(cache.find("key", clock.steady_now()), principal);
  EXPECT_FALSE(cache.find("kez", clock.steady_now()));
  clock.advance(milliseconds{999});
  EXPECT_EQ(cache.find("key", clock.steady_now()), principal);
  clock.advance(milliseconds{1});
  EXPECT_FALSE(cache.find("key", clock.steady_now()));
}

TEST(ApiKeyCacheTest, remembers_no_more_than_its_bound_until_older_answers_have_run_out) {
  support::FakeClock clock;
  ApiKeyCache cache;
  const auto principal = std::make_shared<const Principal>();
  for (std::size_t i = 0; i < ApiKeyCache::entries_max; ++i) {
    cache.remember(std::to_string(i), principal, clock.steady_now());
  }
  cache.remember("one more", principal, clock.steady_now());
  EXPECT_FALSE(cache.find("one more", clock.steady_now()));
  EXPECT_TRUE(cache.find("0", clock.steady_now()));
  clock.advance(ApiKeyCache::lifetime);
  cache.remember("one more", principal, clock.steady_now());
  EXPECT_TRUE(cache.find("one more", clock.steady_now()));
}

}  // namespace
}  // namespace pulso::auth
