#include "net/utf8.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace pulso::net {
namespace {

struct Row {
  std::string name;
  std::string text;
  bool is_valid;
  std::size_t broken_at = 0;  ///< bytes after which it is known to be broken
};

const std::vector<Row> rows{
    {"Empty", "", true},
    {"Ascii", "plain text that is longer than one vector of sixty-four bytes, to be sure", true},
    {"TwoBytes", "\xC3\xA9\xDF\xBF\xC2\x80", true},
    {"ThreeBytes", "\xE0\xA0\x80\xE2\x82\xAC\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF", true},
    {"FourBytes", "\xF0\x90\x80\x80\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF", true},
    {"LoneContinuation", "a\x80z", false, 2},
    {"OverlongTwo", "\xC0\xAFz", false, 1},
    {"OverlongTwoHigh", "\xC1\xBFz", false, 1},
    {"OverlongThree", "\xE0\x9F\xBFz", false, 2},
    {"OverlongFour", "\xF0\x8F\xBF\xBFz", false, 2},
    {"Surrogate", "ab\xED\xA0\x80z", false, 4},
    {"PastTheEnd", "\xF4\x90\x80\x80z", false, 2},
    {"LeadPastTheEnd", "\xF5\x80\x80\x80z", false, 1},
    {"NeverALead", "\xFFz", false, 1},
    {"CutShortByAscii", "\xE2\x82z", false, 3},
    {"CutShortByLead", "\xF0\x9F\x98\xC3\xA9", false, 4},
    {"BadThird", "\xF0\x9F\x28\x80", false, 3},
};

class Utf8 : public testing::TestWithParam<Row> {};

TEST_P(Utf8, is_judged_whole) {
  EXPECT_EQ(is_valid_utf8(GetParam().text), GetParam().is_valid);
}

TEST_P(Utf8, is_judged_alike_wherever_it_is_cut) {
  const auto& [name, text, is_valid, broken_at] = GetParam();
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      Utf8Validator validator;
      const bool ok = validator.append(text.substr(0, first)) && validator.append(text.substr(first, second - first)) &&
                      validator.append(text.substr(second)) && validator.is_complete();
      EXPECT_EQ(ok, is_valid) << first << ' ' << second;
    }
  }
}

TEST_P(Utf8, fails_at_the_first_hopeless_byte) {
  const auto& [name, text, is_valid, broken_at] = GetParam();
  if (is_valid) return;
  for (std::size_t step = 1; step <= text.size(); ++step) {  // pieces of `step` bytes, up to the hopeless one
    Utf8Validator validator;
    bool ok = true;
    for (std::size_t at = 0; at < broken_at; at += step) {
      const std::size_t count = std::min(step, broken_at - at);
      ok = validator.append(std::string_view{text}.substr(at, count));
      if (at + count < broken_at) EXPECT_TRUE(ok) << step;
    }
    EXPECT_FALSE(ok) << step;
  }
}

INSTANTIATE_TEST_SUITE_P(Texts, Utf8, testing::ValuesIn(rows), [](const auto& row) { return row.param.name; });

TEST(Utf8Validator, is_incomplete_inside_a_character) {
  Utf8Validator validator;
  EXPECT_TRUE(validator.append("\xF0\x9F"));
  EXPECT_FALSE(validator.is_complete());
  EXPECT_TRUE(validator.append("\x98"));
  EXPECT_FALSE(validator.is_complete());
  EXPECT_TRUE(validator.append("\x80"));
  EXPECT_TRUE(validator.is_complete());
}

}  // namespace
}  // namespace pulso::net
