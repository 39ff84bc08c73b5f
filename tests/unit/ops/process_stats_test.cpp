#include "ops/process_stats.h"

#include <unistd.h>

#include <gtest/gtest.h>

namespace pulso::ops {
namespace {

TEST(ProcessStats, TellsUptimeMemoryAndLimits) {
  const ProcessStats stats = read_process_stats(SteadyTime{milliseconds{1000}}, SteadyTime{milliseconds{3500}});
  EXPECT_EQ(stats.uptime, milliseconds{2500});
  EXPECT_GT(stats.resident_bytes, 100'000U);
  EXPECT_GE(stats.open_files, 3U);
  EXPECT_GT(stats.open_files_max, stats.open_files);
}

TEST(ProcessStats, CountsEachOpenFile) {
  const std::size_t before = read_process_stats({}, {}).open_files;
  const int handle = ::dup(STDERR_FILENO);
  EXPECT_EQ(read_process_stats({}, {}).open_files, before + 1);
  ::close(handle);
  EXPECT_EQ(read_process_stats({}, {}).open_files, before);
}

}  // namespace
}  // namespace pulso::ops
