#include "net/http_range.h"

#include <ostream>

#include <gtest/gtest.h>

namespace pulso::net {

void PrintTo(const RangeSelection& selection, std::ostream* out) {
  *out << static_cast<int>(selection.kind) << ' ' << selection.range.offset << '+' << selection.range.length;
}

namespace {

using Kind = RangeSelection::Kind;

constexpr RangeSelection whole{};
constexpr RangeSelection unsatisfiable{.kind = Kind::unsatisfiable, .range = {}};
constexpr RangeSelection partial(std::uint64_t offset, std::uint64_t length) {
  return {.kind = Kind::partial, .range = {.offset = offset, .length = length}};
}

struct Row {
  const char* field;
  std::uint64_t size;
  RangeSelection expected;
};

constexpr Row rows[] = {
    {"", 1000, whole},
    {"bytes=0-0", 1000, partial(0, 1)},
    {"bytes=0-499", 1000, partial(0, 500)},
    {"bytes=500-999", 1000, partial(500, 500)},
    {"bytes=0-999", 1000, partial(0, 1000)},
    {"bytes=999-999", 1000, partial(999, 1)},
    {"bytes=0-1000", 1000, partial(0, 1000)},
    {"bytes=500-5000", 1000, partial(500, 500)},
    {"bytes=0-", 1000, partial(0, 1000)},
    {"bytes=999-", 1000, partial(999, 1)},
    {"bytes=1000-", 1000, unsatisfiable},
    {"bytes=1000-2000", 1000, unsatisfiable},
    {"bytes=-1", 1000, partial(999, 1)},
    {"bytes=-500", 1000, partial(500, 500)},
    {"bytes=-1000", 1000, partial(0, 1000)},
    {"bytes=-5000", 1000, partial(0, 1000)},
    {"bytes=-0", 1000, unsatisfiable},
    {"bytes=0-", 0, unsatisfiable},
    {"bytes=-5", 0, whole},
    {"bytes=0-0", 1, partial(0, 1)},
    {"Bytes=0-0", 1000, partial(0, 1)},
    {" bytes=0-0 ", 1000, partial(0, 1)},
    {"bytes= 0-0", 1000, partial(0, 1)},
    {"bytes=007-008", 1000, partial(7, 2)},
    {"bytes=0-18446744073709551615", 1000, partial(0, 1000)},
    {"bytes=0-99999999999999999999999", 1000, partial(0, 1000)},
    {"bytes=99999999999999999999999-", 1000, unsatisfiable},
    {"bytes=-99999999999999999999999", 1000, partial(0, 1000)},
    {"bytes=18446744073709551614-18446744073709551615", 18446744073709551615U, partial(18446744073709551614U, 1)},
    {"bytes=5-4", 1000, whole},
    {"bytes=", 1000, whole},
    {"bytes=-", 1000, whole},
    {"bytes", 1000, whole},
    {"bytes=5", 1000, whole},
    {"bytes=a-5", 1000, whole},
    {"bytes=0-a", 1000, whole},
    {"bytes=0x0-5", 1000, whole},
    {"bytes=+0-5", 1000, whole},
    {"bytes=--5", 1000, whole},
    {"bytes=0-5-6", 1000, whole},
    {"bytes=0 - 5", 1000, whole},
    {"bytes =0-5", 1000, whole},
    {"bytes=0-5,", 1000, whole},
    {"bytes=0-0,2-2", 1000, whole},
    {"items=0-5", 1000, whole},
    {"0-5", 1000, whole},
};

class HttpRange : public testing::TestWithParam<Row> {};

TEST_P(HttpRange, is_selected) {
  EXPECT_EQ(select_range(GetParam().field, GetParam().size), GetParam().expected) << '"' << GetParam().field << '"';
}

INSTANTIATE_TEST_SUITE_P(Fields, HttpRange, testing::ValuesIn(rows));

TEST(ContentRange, names_first_and_last_byte) {
  EXPECT_EQ(content_range({.offset = 0, .length = 500}, 1234), "bytes 0-499/1234");
  EXPECT_EQ(unsatisfied_content_range(1234), "bytes */1234");
}

}  // namespace
}  // namespace pulso::net
