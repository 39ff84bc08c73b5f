#pragma once
#include <cstddef>

#include "base/clock.h"

namespace pulso::ops {

/// The process as the kernel sees it, for `/stats`. A number that can't be read is 0.
struct ProcessStats {
  milliseconds uptime{};
  milliseconds cpu_time{};         ///< user and system, all threads
  std::size_t resident_bytes = 0;  ///< physical memory held
  std::size_t open_files = 0;      ///< open handles, sockets included
  std::size_t open_files_max = 0;  ///< `RLIMIT_NOFILE`, soft
};

/// Reads /proc/self: some 10 µs and one µs more per 10 open files; for pages and scrapes, not for hot paths.
[[nodiscard]] ProcessStats read_process_stats(SteadyTime started_at, SteadyTime now);

}  // namespace pulso::ops
