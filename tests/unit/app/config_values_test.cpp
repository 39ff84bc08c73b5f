#include "app/config_values.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pulso::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const Property& property(std::string_view key) {
  return *find_property(key);
}

TEST(Durations, AreAWholeNumberAndAUnit) {
  EXPECT_EQ(parse_duration("500ms"), milliseconds{500});
  EXPECT_EQ(parse_duration("30s"), milliseconds{30'000});
  EXPECT_EQ(parse_duration("5m"), milliseconds{300'000});
  EXPECT_EQ(parse_duration("2h"), milliseconds{7'200'000});
  EXPECT_EQ(parse_duration("7d"), milliseconds{604'800'000});
}

TEST(Durations, RefuseEverythingElse) {
  for (const std::string_view text : {"", "5", "s", "-5s", "+5s", "5 s", "1.5s", "5S", "5sec", "99999999999999999999s",
                                      "9223372036854775807d", "10000d"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Durations, ArePrintedInTheLargestWholeUnit) {
  EXPECT_EQ(format_duration(milliseconds{0}), "0s");
  EXPECT_EQ(format_duration(milliseconds{90'000}), "90s");
  EXPECT_EQ(format_duration(milliseconds{120'000}), "2m");
  EXPECT_EQ(format_duration(milliseconds{1500}), "1500ms");
}

TEST(Lists, DropSpacesAndEmptyElements) {
  EXPECT_THAT(split_list(" a, ,b,,c "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split_list(""), ElementsAre());
}

TEST(Assign, TakesTheRightTypes) {
  Config config;
  EXPECT_TRUE(assign(config, property("server.drain_timeout"), std::string{"1m"}));
  EXPECT_TRUE(assign(config, property("server.shards"), std::int64_t{4}));
  EXPECT_TRUE(assign(config, property("limits.requests_per_second"), 2.5));
  EXPECT_TRUE(assign(config, property("limits.requests_burst"), std::int64_t{7}));
  EXPECT_TRUE(assign(config, property("log.format"), std::string{"json"}));
  EXPECT_TRUE(assign(config, property("auth.anonymous"), std::vector<std::string>{"seats"}));
  EXPECT_EQ(config.server.drain_timeout, milliseconds{60'000});
  EXPECT_EQ(config.server.shards, 4U);
  EXPECT_EQ(config.limits.requests.per_second, 2.5);
  EXPECT_EQ(config.limits.requests.burst, 7);
  EXPECT_EQ(config.log.format, ops::LogFormat::json);
  EXPECT_THAT(config.auth.anonymous, ElementsAre("seats"));
}

TEST(Assign, NamesKeyValueAndTypeOfAWrongType) {
  Config config;
  EXPECT_EQ(assign(config, property("server.shards"), std::string{"four"}).error().message,
            "server.shards = \"four\" is not a whole number");
  EXPECT_EQ(assign(config, property("server.shards"), 4.0).error().message, "server.shards = 4 is not a whole number");
  EXPECT_THAT(assign(config, property("server.drain_timeout"), std::int64_t{5}).error().message,
              HasSubstr("server.drain_timeout = 5 is not a duration such as"));
  EXPECT_EQ(assign(config, property("server.listen"), std::string{"a"}).error().message,
            "server.listen = \"a\" is not a list of texts");
  EXPECT_EQ(assign(config, property("auth.issuer"), true).error().message, "auth.issuer = true is not a text");
  EXPECT_FALSE(assign(config, property("auth.issuer"), std::monostate{}));
}

TEST(Assign, NamesKeyValueAndBoundsOfAValueOutOfBounds) {
  Config config;
  EXPECT_EQ(assign(config, property("server.drain_timeout"), std::string{"2h"}).error().message,
            "server.drain_timeout = \"2h\" is not allowed: 0s to 1h");
  EXPECT_EQ(assign(config, property("server.shards"), std::int64_t{-1}).error().message,
            "server.shards = -1 is not allowed: 0 to 256");
  EXPECT_EQ(assign(config, property("log.level"), std::string{"loud"}).error().message,
            "log.level = \"loud\" is not allowed: one of \"debug\", \"info\", \"warning\", \"error\", \"off\"");
  EXPECT_FALSE(assign(config, property("auth.anonymous"), std::vector<std::string>{"seats", "kitchen"}));
  EXPECT_FALSE(assign(config, property("limits.requests_per_second"), std::numeric_limits<double>::quiet_NaN()));
  EXPECT_EQ(config.server.shards, Config{}.server.shards);
  EXPECT_EQ(config.log.level, Config{}.log.level);
  EXPECT_TRUE(config.auth.anonymous.empty());
}

TEST(AssignText, ReadsWhatThePropertyWants) {
  Config config;
  EXPECT_TRUE(assign_text(config, property("server.listen"), "127.0.0.1:1, [::1]:2"));
  EXPECT_TRUE(assign_text(config, property("server.shards"), " 3 "));
  EXPECT_TRUE(assign_text(config, property("limits.messages_per_second"), "0.5"));
  EXPECT_TRUE(assign_text(config, property("auth.jwt_secret"), " with spaces "));
  EXPECT_THAT(config.server.listen, ElementsAre("127.0.0.1:1", "[::1]:2"));
  EXPECT_EQ(config.server.shards, 3U);
  EXPECT_EQ(config.limits.messages.per_second, 0.5);
  EXPECT_EQ(config.auth.jwt_secret, " with spaces ");
  EXPECT_FALSE(assign_text(config, property("server.shards"), "3x"));
  EXPECT_FALSE(assign_text(config, property("server.shards"), "0x10"));
}

TEST(TomlValue, MasksSecretsAndPasswordsInUrls) {
  Config config;
  config.auth.jwt_secret = "hush";
  config.database.url = "postgresql://pulso:hush@db/pulso";
  EXPECT_EQ(toml_value(config, property("auth.jwt_secret"), Masking::secrets), "\"***\"");
  EXPECT_EQ(toml_value(config, property("database.url"), Masking::secrets), "\"postgresql://***@db/pulso\"");
  EXPECT_EQ(toml_value(config, property("auth.jwt_secret"), Masking::none), "\"hush\"");
  EXPECT_EQ(toml_value(Config{}, property("auth.jwt_secret"), Masking::secrets), "\"\"") << "unset is no secret";
}

TEST(TomlValue, EscapesTexts) {
  Config config;
  config.auth.issuer = "a\"b\\c\n";
  EXPECT_EQ(toml_value(config, property("auth.issuer"), Masking::none), R"("a\"b\\c\u000a")");
}

TEST(Assign, ErrorsDoNotShowSecrets) {
  Config config;
  const auto outcome = assign(config, property("auth.jwt_secret"), std::vector<std::string>{"hush"});
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message, Not(HasSubstr("hush")));
}

}  // namespace
}  // namespace pulso::app
