#include "base/json_write.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/json_parse.h"

namespace pulso {
namespace {

namespace json = boost::json;

struct NumberCase {
  double number;
  const char* text;
};

class JsonNumberTest : public testing::TestWithParam<NumberCase> {};

// What JSON.stringify of V8 gives.
constexpr NumberCase numbers[]{
    {0.0, "0"},
    {-0.0, "0"},
    {1.0, "1"},
    {-1.5, "-1.5"},
    {0.1, "0.1"},
    {100.0, "100"},
    {33.25, "33.25"},
    {123456789.125, "123456789.125"},
    {0.000001, "0.000001"},
    {0.0000015, "0.0000015"},
    {1e-7, "1e-7"},
    {1.5e-7, "1.5e-7"},
    {-2.5e-8, "-2.5e-8"},
    {1e20, "100000000000000000000"},
    {1.5e20, "150000000000000000000"},
    {1e21, "1e+21"},
    {1.25e21, "1.25e+21"},
    {123456789012345680000.0, "123456789012345680000"},
    {9007199254740993.0, "9007199254740992"},
    {0.30000000000000004, "0.30000000000000004"},
    {5e-324, "5e-324"},
    {1.7976931348623157e308, "1.7976931348623157e+308"},
    {-1.7976931348623157e308, "-1.7976931348623157e+308"},
    {std::numeric_limits<double>::infinity(), "null"},
};

TEST_P(JsonNumberTest, is_written_as_javascript_does) {
  EXPECT_EQ(write_json(json::value(GetParam().number)), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(All, JsonNumberTest, testing::ValuesIn(numbers),
                         [](const auto& tested) { return "n" + std::to_string(tested.index); });

TEST(JsonWriteTest, writes_what_was_read) {
  for (const char* text : {
           "null",
           "true",
           "false",
           "[]",
           "{}",
           "-9223372036854775808",
           "18446744073709551615",
           R"([1,"a",[],{},[{"b":[null,false]}],-0.5])",
           R"({"":"","a":{"b":[1,2.5,3]},"c":"\"\\/\b\f\n\r\t"})",
           R"("\u0000\u001f¡Сиденье 🎫")",
           "\"\x7f\"",
       }) {
    const auto parsed = parse_json(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(write_json(*parsed), text);
  }
}

TEST(JsonWriteTest, writes_nan_as_null) {
  EXPECT_EQ(write_json(json::array{std::nan("")}), "[null]");
}

TEST(JsonWriteTest, writes_strings_with_their_quotes) {
  EXPECT_EQ(write_json_string("a\"b\x01"), R"("a\"b\u0001")");
}

TEST(JsonWriteTest, nests_as_deep_as_a_text_may) {
  const std::string deep = std::string(512, '[') + std::string(512, ']');
  const auto parsed = parse_json(deep, 512);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(write_json(*parsed), deep);
}

}  // namespace
}  // namespace pulso
