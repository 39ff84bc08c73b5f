#include "base/json_parse.h"

#include <bit>
#include <cmath>
#include <random>
#include <string>

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace pulso {
namespace {

std::string round_trip(std::string_view text) {
  const auto value = parse_json(text);
  return value ? boost::json::serialize(*value) : "refused";
}

TEST(ParseJson, BuildsEveryKindOfValue) {
  for (const std::string text : {R"({"a":[1,-2,18446744073709551615,true,false,null,"x\u0000ž😀",{}],"":[]})", "7",
                                 "null", R"("text")", "[[[]]]", R"({"a":1,"b":{"c":[{"d":"e"}]}})"}) {
    EXPECT_EQ(round_trip(text), text);
  }
  const std::string long_text(100'000, 'x');
  EXPECT_EQ(round_trip('"' + long_text + '"'), '"' + long_text + '"');
  EXPECT_EQ(round_trip("{\"" + long_text + "\":1}"), "{\"" + long_text + "\":1}");
}

TEST(ParseJson, TakesTheNearestDouble) {
  const std::string many_digits = "20222222222222222222222222222222222222222222222222222222222222222222222222222222222";
  EXPECT_EQ(parse_json(many_digits)->as_double(), std::stod(many_digits));
  for (const double number : {0.1 + 0.2, 1.0 / 3, -0.5, 5e-324, 1.7976931348623157e308, 9007199254740993.5}) {
    const auto again = parse_json(boost::json::serialize(boost::json::value(number)));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->as_double(), number);
  }
  std::mt19937_64 random{7};
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t bits = random();
    const auto number = std::bit_cast<double>(bits);
    if (!std::isfinite(number)) continue;
    ASSERT_EQ(parse_json(boost::json::serialize(boost::json::value(number)))->as_double(), number);
  }
}

TEST(ParseJson, TakesWhatNoDoubleHoldsAsNullOrZero) {
  for (const std::string text : {"1e400", "-1e400"}) EXPECT_EQ(round_trip(text), "null");
  EXPECT_EQ(round_trip('[' + std::string(320, '2') + ']'), "[null]");
  EXPECT_EQ(parse_json("1e-400")->as_double(), 0.0);
}

TEST(ParseJson, RefusesWhatIsNoJson) {
  for (const std::string_view text : {"", " ", "{", "[1", "[1]]", "1 2", "01", "+1", ".5", "nul", "'a'", "[1,]",
                                      "{\"a\"}", "\"\xff\"", "\"\\ud80\"", "// 1\n1", "NaN"}) {
    EXPECT_EQ(round_trip(text), "refused") << text;
  }
}

TEST(ParseJson, ReplacesHalvesOfSurrogatePairs) {
  EXPECT_EQ(round_trip(R"("\ud83d")"), "\"\xEF\xBF\xBD\"");
  EXPECT_EQ(round_trip(R"(["a\ude00b\ud83d","\ud83d\ude00\uD83D\u0041\\ud800\n"])"),
            "[\"a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\",\"😀\xEF\xBF\xBD"
            R"(A\\ud800\n"])");
  EXPECT_EQ(round_trip(R"({"\ud83d\ud83d\ude00":1})"), "{\"\xEF\xBF\xBD😀\":1}");
  for (const std::string_view text : {R"("\ud83d)", R"("\ud83d\)", R"("\ud83d\u)", R"("\ud83d\x")", R"(\ud83d)"}) {
    EXPECT_EQ(round_trip(text), "refused") << text;
  }
}

TEST(ParseJson, RefusesWhatIsTooDeep) {
  EXPECT_TRUE(parse_json("[[1]]", 2));
  EXPECT_FALSE(parse_json("[[[1]]]", 2));
}

}  // namespace
}  // namespace pulso
