#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "ops/log.h"

namespace pulso::ops {

/// One log line without its end of line. Whatever `message` and the fields hold, the result is one line of valid UTF-8:
/// quotes, control characters and broken bytes are escaped.
[[nodiscard]] std::string format_log_line(LogFormat format, WallTime time, LogLevel level, std::string_view module,
                                          std::string_view message, std::span<const LogField> fields);

/// Appends `text` as a JSON string with its quotes (RFC 8259 §7). Bytes that are not UTF-8 become U+FFFD.
void append_quoted(std::string& out, std::string_view text);

}  // namespace pulso::ops
