#include "load/histogram.h"

#include <gtest/gtest.h>

namespace pulso::bench {
namespace {

using std::chrono::nanoseconds;

TEST(Histogram, reports_quantiles_within_its_stated_error) {
  Histogram histogram;
  constexpr int count = 100'000;
  for (int i = 1; i <= count; ++i) histogram.record(nanoseconds{i * 100});
  for (const double quantile : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = quantile * count * 100;
    EXPECT_GE(static_cast<double>(histogram.at(quantile).count()), exact);
    EXPECT_LE(static_cast<double>(histogram.at(quantile).count()), exact * 1.016);
  }
  EXPECT_EQ(histogram.at(1.0), histogram.max());
  EXPECT_EQ(histogram.count(), static_cast<std::uint64_t>(count));
}

TEST(Histogram, is_exact_below_64_ns) {
  Histogram histogram;
  for (int i = 0; i < 64; ++i) histogram.record(nanoseconds{i});
  EXPECT_EQ(histogram.at(0.5), nanoseconds{31});
  EXPECT_EQ(histogram.at(1.0), nanoseconds{63});
}

TEST(Histogram, keeps_the_maximum_of_what_exceeds_its_range) {
  Histogram histogram;
  histogram.record(std::chrono::hours{24});
  histogram.record(nanoseconds{-1});
  EXPECT_EQ(histogram.max(), std::chrono::hours{24});
  EXPECT_EQ(histogram.at(0.5), nanoseconds{0});
}

TEST(Histogram, is_zero_when_empty) {
  EXPECT_EQ(Histogram{}.at(0.99), nanoseconds{0});
}

}  // namespace
}  // namespace pulso::bench
