#include "ops/metrics.h"

#include <limits>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pulso::ops {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Metrics, ExposesCountersAndGaugesWithHelpAndType) {
  Metrics metrics;
  metrics.counter("pulso_messages_total", "Messages in.", {{"system", "seats"}, {"transport", "sse"}}).add(3);
  metrics.gauge("pulso_connections", "Open connections.").set(-2);
  EXPECT_EQ(metrics.expose(),
            "# HELP pulso_connections Open connections.\n"
            "# TYPE pulso_connections gauge\n"
            "pulso_connections -2\n"
            "# HELP pulso_messages_total Messages in.\n"
            "# TYPE pulso_messages_total counter\n"
            "pulso_messages_total{system=\"seats\",transport=\"sse\"} 3\n");
}

TEST(Metrics, SameNameAndLabelsAreTheSameMetric) {
  Metrics metrics;
  Counter& first = metrics.counter("a_total", "A.", {{"x", "1"}});
  EXPECT_EQ(&first, &metrics.counter("a_total", "A.", {{"x", "1"}}));
  EXPECT_NE(&first, &metrics.counter("a_total", "A.", {{"x", "2"}}));
}

TEST(Metrics, EscapesHelpAndLabelValues) {
  Metrics metrics;
  metrics.counter("a_total", "One\\two\n\"three\"", {{"x", "\"\\\n"}}).add();
  EXPECT_THAT(metrics.expose(), HasSubstr("# HELP a_total One\\\\two\\n\"three\"\n"));
  EXPECT_THAT(metrics.expose(), HasSubstr("a_total{x=\"\\\"\\\\\\n\"} 1\n"));
}

TEST(Metrics, HistogramBucketsAreCumulativeWithInclusiveBounds) {
  Metrics metrics;
  Histogram& histogram = metrics.histogram("a_seconds", "A.", {{"x", "1"}});
  histogram.observe(0.0001);
  histogram.observe(0.0002);
  histogram.observe(100);
  const std::string text = metrics.expose();
  EXPECT_THAT(text, HasSubstr("# TYPE a_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("a_seconds_bucket{x=\"1\",le=\"0.0001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("a_seconds_bucket{x=\"1\",le=\"0.00025\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("a_seconds_bucket{x=\"1\",le=\"10\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("a_seconds_bucket{x=\"1\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("a_seconds_sum{x=\"1\"} 100.0003\n"));
  EXPECT_THAT(text, HasSubstr("a_seconds_count{x=\"1\"} 3\n"));
}

TEST(Metrics, HistogramTakesBackwardClocksAsZero) {
  Metrics metrics;
  Histogram& histogram = metrics.histogram("a_seconds", "A.");
  histogram.observe(-1);
  histogram.observe(std::numeric_limits<double>::quiet_NaN());
  EXPECT_THAT(metrics.expose(), HasSubstr("a_seconds_bucket{le=\"0.0001\"} 2\n"));
  EXPECT_THAT(metrics.expose(), Not(HasSubstr("nan")));
}

TEST(Metrics, AddsFromManyThreadsAreAllCounted) {
  Metrics metrics;
  const auto add_many = [&metrics] {
    Counter& counter = metrics.counter("a_total", "A.");
    for (int i = 0; i < 1000; ++i) counter.add();
  };
  {
    const std::jthread one{add_many}, two{add_many};
  }
  EXPECT_EQ(metrics.counter("a_total", "A.").value(), 2000U);
}

}  // namespace
}  // namespace pulso::ops
