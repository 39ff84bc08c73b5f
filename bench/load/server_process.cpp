#include "load/server_process.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unistd.h>

#include <fmt/format.h>

namespace pulso::bench {
namespace {

std::string read_all(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty()) throw std::runtime_error(fmt::format("cannot read {}: the server is gone", path));
  return text.str();
}

}  // namespace

std::chrono::nanoseconds ServerProcess::cpu_time() const {
  std::chrono::nanoseconds sum{0};
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", id_), error))
    sum += std::chrono::nanoseconds{std::stoll(read_all(task.path() / "schedstat"))};
  if (error) throw std::runtime_error(fmt::format("process {} is gone", id_));
  return sum;
}

std::chrono::milliseconds ServerProcess::cpu_time_by_ticks() const {
  const std::string stat = read_all(fmt::format("/proc/{}/stat", id_));
  // The second field, the program's name, may contain spaces: count from its closing parenthesis.
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string skipped;
  constexpr int fields_before_utime = 11;
  for (int i = 0; i < fields_before_utime; ++i) fields >> skipped;
  std::int64_t user = 0;
  std::int64_t system = 0;
  fields >> user >> system;
  return std::chrono::milliseconds{(user + system) * 1000 / sysconf(_SC_CLK_TCK)};
}

std::uint64_t ServerProcess::user_memory_bytes() const {
  std::istringstream rollup(read_all(fmt::format("/proc/{}/smaps_rollup", id_)));
  std::uint64_t kibibytes = 0;
  for (std::string line; std::getline(rollup, line);) {
    std::istringstream fields(line);
    std::string name;
    std::uint64_t value = 0;
    if (fields >> name >> value && (name == "Pss_Anon:" || name == "Pss_Shmem:" || name == "SwapPss:"))
      kibibytes += value;
  }
  return kibibytes * 1024;
}

}  // namespace pulso::bench
