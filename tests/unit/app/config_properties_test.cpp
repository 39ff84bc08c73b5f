#include "app/config_properties.h"

#include <set>

#include <gtest/gtest.h>

#include "app/config_file.h"
#include "app/config_values.h"
#include "app/nearest_key.h"

namespace pulso::app {
namespace {

TEST(Properties, NamesForFileEnvironmentAndFlagsAreUnique) {
  std::set<std::string, std::less<>> keys, variables, flags;
  for (const Property& property : properties()) {
    EXPECT_TRUE(keys.insert(std::string{property.key}).second) << property.key;
    EXPECT_TRUE(variables.insert(environment_name_of(property)).second) << property.key;
    EXPECT_TRUE(flags.insert(flag_name_of(property)).second) << property.key;
    if (!property.short_flag.empty()) {
      EXPECT_TRUE(flags.insert(std::string{property.short_flag}).second) << property.key;
    }
    if (!property.seed_name.empty()) {
      EXPECT_TRUE(variables.insert(std::string{property.seed_name}).second) << property.key;
    }
  }
}

TEST(Properties, NamesFollowFromTheKey) {
  const Property& property = *find_property("server.drain_timeout");
  EXPECT_EQ(section_of(property), "server");
  EXPECT_EQ(name_of(property), "drain_timeout");
  EXPECT_EQ(environment_name_of(property), "PULSO_SERVER_DRAIN_TIMEOUT");
  EXPECT_EQ(flag_name_of(property), "server-drain-timeout");
}

TEST(Properties, EachIsDescribedAndItsExampleIsAllowed) {
  for (const Property& property : properties()) {
    EXPECT_TRUE(property.description.ends_with('.')) << property.key;
    const auto entries = parse_toml(std::string{"example = "} + std::string{property.example}, "example");
    ASSERT_TRUE(entries && entries->size() == 1) << property.key;
    Config config;
    const auto outcome = assign(config, property, entries->front().value);
    EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().message);
  }
}

TEST(Properties, DefaultsAreWithinTheirBounds) {
  const Config defaults;
  for (const Property& property : properties()) {
    const auto entries = parse_toml("value = " + toml_value(defaults, property, Masking::none), "default");
    ASSERT_TRUE(entries && entries->size() == 1) << property.key;
    Config config;
    EXPECT_TRUE(assign(config, property, entries->front().value)) << property.key;
    EXPECT_EQ(toml_value(config, property, Masking::none), toml_value(defaults, property, Masking::none));
  }
}

TEST(Properties, EachIsBoundToAMemberOfItsOwn) {
  for (const Property& property : properties()) {
    Config config;
    const auto entries = parse_toml(std::string{"example = "} + std::string{property.example}, "example");
    ASSERT_TRUE(assign(config, property, entries->front().value));
    for (const Property& other : properties()) {
      const bool has_changed = toml_value(config, other, Masking::none) != toml_value(Config{}, other, Masking::none);
      EXPECT_EQ(has_changed, other.key == property.key) << property.key << " and " << other.key;
    }
  }
}

TEST(NearestKey, FindsTypingMistakes) {
  EXPECT_EQ(nearest_key("server.lisen"), "server.listen");
  EXPECT_EQ(nearest_key("sever.listen"), "server.listen");
  EXPECT_EQ(nearest_key("seats.hold_tll"), "seats.hold_ttl");
  EXPECT_EQ(nearest_key("Seats.Hold_TTL"), "seats.hold_ttl");
}

TEST(NearestKey, FindsTheNameInAnotherSection) {
  EXPECT_EQ(nearest_key("jwt_secret"), "auth.jwt_secret");
  EXPECT_EQ(nearest_key("limits.max_seats"), "seats.max_seats");
}

}  // namespace
}  // namespace pulso::app
