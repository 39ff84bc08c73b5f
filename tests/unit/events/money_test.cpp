#include "features/events/money.h"

#include <gtest/gtest.h>

#include "base/json_parse.h"
#include "base/json_write.h"

namespace pulso::events {
namespace {

std::optional<std::int64_t> units_of(std::string_view text, std::string_view currency = "BOB") {
  const auto amount = parse_amount(parse_json(text).value(), currency);
  return amount ? std::optional{amount->units} : std::nullopt;
}

TEST(Money, reads_amounts_to_the_smallest_unit) {
  EXPECT_EQ(units_of("100.50"), 10'050);
  EXPECT_EQ(units_of("0.01"), 1);
  EXPECT_EQ(units_of("0.1"), 10);
  EXPECT_EQ(units_of("0.29"), 29);  // 28.999999999999996 units, were it only multiplied
  EXPECT_EQ(units_of("1e2"), 10'000);
  EXPECT_EQ(units_of("0"), 0);
  EXPECT_EQ(units_of("10000000000000"), amount_max.units);
  EXPECT_EQ(units_of("9999999999999.99"), amount_max.units - 1);
}

TEST(Money, refuses_what_is_finer_larger_or_no_amount) {
  for (const std::string_view text :
       {"0.001", "1.005", "100.505", "-1", "-0.01", "10000000000000.01", "1e300", "null", "\"5\"", "true", "[]"}) {
    EXPECT_EQ(units_of(text), std::nullopt) << text;
  }
}

TEST(Money, knows_currencies_of_other_digits) {
  EXPECT_EQ(units_of("1500", "JPY"), 1'500);
  EXPECT_EQ(units_of("1500.5", "JPY"), std::nullopt);
  EXPECT_EQ(units_of("1.234", "KWD"), 1'234);
  EXPECT_EQ(units_of("1.2345", "KWD"), std::nullopt);
}

TEST(Money, writes_every_amount_as_it_reads_it) {
  for (std::int64_t units = 0; units < 20'000; ++units) {
    const std::string text = write_json(amount_json({units}, "BOB"));
    ASSERT_EQ(units_of(text), units) << text;
  }
  for (std::int64_t units = amount_max.units - 20'000; units <= amount_max.units; ++units) {
    ASSERT_EQ(units_of(write_json(amount_json({units}, "BOB"))), units);
  }
}

TEST(Money, writes_for_people_with_all_digits) {
  EXPECT_EQ(amount_text({10'050}, "BOB"), "100.50");
  EXPECT_EQ(amount_text({5}, "BOB"), "0.05");
  EXPECT_EQ(amount_text({-5}, "BOB"), "-0.05");
  EXPECT_EQ(amount_text({1'500}, "JPY"), "1500");
  EXPECT_EQ(amount_text({7}, "KWD"), "0.007");
}

}  // namespace
}  // namespace pulso::events
