#include "bus/redis_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pulso::bus {
namespace {

using testing::ElementsAre;

TEST(RedisOptions, reads_one_server_with_defaults) {
  const auto options = parse_redis_url("redis://localhost");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->mode, RedisMode::single);
  EXPECT_THAT(options->endpoints, ElementsAre(RedisEndpoint{"localhost", 6379}));
  EXPECT_EQ(options->database, 0);
  EXPECT_EQ(options->password, "");
}

TEST(RedisOptions, reads_credentials_port_and_database) {
  const auto options = parse_redis_url("redis://pulso:p%40ss%3Aword@10.0.0.1:7000/4");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->user, "pulso");
  EXPECT_EQ(options->password, "p@ss:word");
  EXPECT_THAT(options->endpoints, ElementsAre(RedisEndpoint{"10.0.0.1", 7000}));
  EXPECT_EQ(options->database, 4);
}

TEST(RedisOptions, takes_a_lone_credential_for_the_password) {
  for (const auto* url : {"redis://secret@host", "redis://:secret@host"}) {
    const auto options = parse_redis_url(url);
    ASSERT_TRUE(options);
    EXPECT_EQ(options->user, "");
    EXPECT_EQ(options->password, "secret");
  }
}

TEST(RedisOptions, reads_ipv6_addresses) {
  const auto options = parse_redis_url("redis+cluster://[::1]:7000,[fe80::1]");
  ASSERT_TRUE(options);
  EXPECT_THAT(options->endpoints, ElementsAre(RedisEndpoint{"::1", 7000}, RedisEndpoint{"fe80::1", 6379}));
  EXPECT_EQ(to_string(options->endpoints[0]), "[::1]:7000");
}

TEST(RedisOptions, reads_sentinels_and_the_name_of_their_master) {
  const auto options = parse_redis_url("redis+sentinel://a:1,b/cinema/2");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->mode, RedisMode::sentinel);
  EXPECT_THAT(options->endpoints, ElementsAre(RedisEndpoint{"a", 1}, RedisEndpoint{"b", 26379}));
  EXPECT_EQ(options->master_name, "cinema");
  EXPECT_EQ(options->database, 2);
}

class BadRedisUrl : public testing::TestWithParam<const char*> {};

TEST_P(BadRedisUrl, is_refused_without_being_quoted) {
  const auto options = parse_redis_url(GetParam());
  ASSERT_FALSE(options) << GetParam();
  EXPECT_EQ(options.error().code, Errc::invalid_argument);
  EXPECT_EQ(options.error().field, "REDIS_URL");
  EXPECT_EQ(options.error().message.find("secret"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(urls, BadRedisUrl,
                         testing::Values("", "localhost:6379", "http://host", "rediss://host", "redis://",
                                         "redis://:secret@", "redis://host:", "redis://host:0", "redis://host:65536",
                                         "redis://host:secret", "redis://host/secret", "redis://host/-1",
                                         "redis://secret%4@host", "redis://[::1", "redis://[::1]secret", "redis://a,b",
                                         "redis+sentinel://a", "redis+sentinel://a/", "redis+cluster://a,",
                                         "redis+cluster://a/1"));

}  // namespace
}  // namespace pulso::bus
