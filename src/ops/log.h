#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace pulso::ops {

enum class LogLevel : std::uint8_t { debug, info, warning, error, off };
enum class LogFormat : std::uint8_t { text, json };

/// One `key=value` of a log line. Values are escaped; never pass a token, a key or a payload.
struct LogField {
  std::string_view key;
  std::string value;
  template <class T>
  LogField(std::string_view name, const T& field_value) : key(name), value(fmt::format("{}", field_value)) {}
};

/// Lines go to standard error: `2024-01-15T10:30:00.000Z info  net listening address=127.0.0.1:8001`, or as one JSON
/// object each with `time`, `level`, `module`, `message` and the fields. Called once, before threads start.
void configure_log(LogLevel level, LogFormat format);

/// Thread-safe, does not block on disk longer than a write. `info` is for lifecycle only, never per message.
void log(LogLevel level, std::string_view module, std::string_view message,
         std::initializer_list<LogField> fields = {});

inline void log_debug(std::string_view module, std::string_view message, std::initializer_list<LogField> fields = {}) {
  log(LogLevel::debug, module, message, fields);
}
inline void log_info(std::string_view module, std::string_view message, std::initializer_list<LogField> fields = {}) {
  log(LogLevel::info, module, message, fields);
}
inline void log_warning(std::string_view module, std::string_view message,
                        std::initializer_list<LogField> fields = {}) {
  log(LogLevel::warning, module, message, fields);
}
inline void log_error(std::string_view module, std::string_view message, std::initializer_list<LogField> fields = {}) {
  log(LogLevel::error, module, message, fields);
}

/// A request target with the values of `token`, `api-key`, `session`, `signature` and their kin replaced by `***`.
[[nodiscard]] std::string without_secrets(std::string_view target);

}  // namespace pulso::ops
