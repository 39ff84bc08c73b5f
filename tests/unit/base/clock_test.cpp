#include "base/clock.h"

#include <gtest/gtest.h>

namespace pulso {
namespace {

TEST(Time, is_written_with_milliseconds_and_z) {
  EXPECT_EQ(format_time(WallTime{milliseconds{0}}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_time(WallTime{milliseconds{1705314600007}}), "2024-01-15T10:30:00.007Z");
  EXPECT_EQ(format_time(WallTime{milliseconds{-1}}), "1969-12-31T23:59:59.999Z");
}

TEST(Time, reads_what_it_writes) {
  for (const long ms : {0L, 1L, 1705314600007L, 951782400000L, 4102444799999L}) {
    const WallTime time{milliseconds{ms}};
    EXPECT_EQ(parse_time(format_time(time)), time);
  }
}

TEST(Time, cuts_finer_fractions_and_fills_missing_ones) {
  EXPECT_EQ(parse_time("2024-01-15T10:30:00Z"), WallTime{milliseconds{1705314600000}});
  EXPECT_EQ(parse_time("2024-01-15T10:30:00.5Z"), WallTime{milliseconds{1705314600500}});
  EXPECT_EQ(parse_time("2024-01-15T10:30:00.123456789Z"), WallTime{milliseconds{1705314600123}});
}

TEST(Time, refuses_everything_else) {
  for (const char* text : {"", "2024-01-15", "2024-02-30T00:00:00Z", "2024-01-15T24:00:00Z", "2024-01-15T10:60:00Z",
                           "2024-01-15T10:30:00", "2024-01-15T10:30:00+00:00", "2024-01-15T10:30:00.Z",
                           "2024-01-15T10:30:00.1234567890Z", "2024-01-15 10:30:00Z", "2024-01-15T10:30:00.1x3Z"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

}  // namespace
}  // namespace pulso
