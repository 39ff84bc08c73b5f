#include "ops/process_stats.h"

#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace pulso::ops {
namespace {

/// proc(5): the second number of statm is the resident set in pages.
std::size_t resident_bytes() {
  std::ifstream file{"/proc/self/statm"};
  std::size_t total_pages = 0, resident_pages = 0;
  if (!(file >> total_pages >> resident_pages)) return 0;
  return resident_pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t open_files() {
  std::error_code error;
  std::size_t count = 0;
  for (std::filesystem::directory_iterator entry{"/proc/self/fd", error}, end; !error && entry != end;
       entry.increment(error)) {
    ++count;
  }
  return count == 0 ? 0 : count - 1;  // the directory itself was open meanwhile
}

milliseconds cpu_time() noexcept {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return {};
  const auto time_of = [](const timeval& time) {
    return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
  };
  return std::chrono::duration_cast<milliseconds>(time_of(usage.ru_utime) + time_of(usage.ru_stime));
}

std::size_t open_files_max() noexcept {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<std::size_t>(limit.rlim_cur) : 0;
}

}  // namespace

ProcessStats read_process_stats(SteadyTime started_at, SteadyTime now) {
  return {.uptime = std::chrono::duration_cast<milliseconds>(now - started_at),
          .cpu_time = cpu_time(),
          .resident_bytes = resident_bytes(),
          .open_files = open_files(),
          .open_files_max = open_files_max()};
}

}  // namespace pulso::ops
