#include "ops/log.h"

#include <atomic>
#include <memory>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/clock.h"
#include "ops/log_line.h"

namespace pulso::ops {
namespace {

/// Where lines go. Usable before `configure_log`, so that start-up errors are seen.
struct Output {
  std::atomic<LogLevel> level{LogLevel::info};
  std::atomic<LogFormat> format{LogFormat::text};
  spdlog::logger writer{"pulso", std::make_shared<spdlog::sinks::stderr_sink_mt>()};

  Output() {
    writer.set_pattern("%v");
    writer.set_level(spdlog::level::trace);
    writer.flush_on(spdlog::level::trace);
  }
};

Output& output() {
  static Output instance;
  return instance;
}

}  // namespace

void configure_log(LogLevel level, LogFormat format) {
  output().level = level;
  output().format = format;
}

void log(LogLevel level, std::string_view module, std::string_view message, std::initializer_list<LogField> fields) {
  Output& out = output();
  if (level == LogLevel::off || level < out.level.load(std::memory_order_relaxed)) return;
  const LogFormat format = out.format.load(std::memory_order_relaxed);
  const std::string line = format_log_line(format, SystemClock{}.now(), level, module, message, fields);
  out.writer.log(spdlog::level::info, spdlog::string_view_t{line.data(), line.size()});
}

}  // namespace pulso::ops
