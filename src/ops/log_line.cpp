#include "ops/log_line.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace pulso::ops {
namespace {

std::string_view level_name(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
    case LogLevel::off:
      return "off";
  }
  return "off";
}

bool is_continuation(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// Length of the well-formed UTF-8 sequence of two to four bytes that `text` begins with (Unicode §3.9, table 3-7), or
/// 0.
std::size_t sequence_length(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text[0]);
  const auto second = text.size() > 1 ? static_cast<unsigned char>(text[1]) : 0U;
  std::size_t length = 0;
  unsigned lowest = 0x80, highest = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) lowest = 0xA0;   // overlong
    if (first == 0xED) highest = 0x9F;  // surrogates
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) lowest = 0x90;   // overlong
    if (first == 0xF4) highest = 0x8F;  // above U+10FFFF
  }
  if (length == 0 || text.size() < length || second < lowest || second > highest) return 0;
  return std::ranges::all_of(text.substr(2, length - 2), is_continuation) ? length : 0;
}

/// Whether a text value may stand without quotes, so that a line can be split at its spaces again.
bool is_plain(std::string_view text) noexcept {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F' && c != '"' && c != '\\' && c != '='; });
}

void append_value(std::string& out, std::string_view text) {
  if (is_plain(text)) {
    out += text;
  } else {
    append_quoted(out, text);
  }
}

/// A message is our own sentence: quoted only when something in it could break the line.
bool is_sentence(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7F'; });
}

void append_member(std::string& out, std::string_view key, std::string_view value) {
  out += ',';
  append_quoted(out, key);
  out += ':';
  append_quoted(out, value);
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const char c = text.front();
    std::size_t taken = 1;
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if ((c >= 0 && c < ' ') || c == '\x7F') {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else if (c > 0) {
      out += c;
    } else if (const std::size_t length = sequence_length(text); length == 0) {
      out += "\\ufffd";
    } else {
      taken = length;
      out += text.substr(0, length);
    }
    text.remove_prefix(taken);
  }
  out += '"';
}

std::string format_log_line(LogFormat format, WallTime time, LogLevel level, std::string_view module,
                            std::string_view message, std::span<const LogField> fields) {
  std::string line;
  if (format == LogFormat::json) {
    line = fmt::format(R"({{"time":"{}","level":"{}")", format_time(time), level_name(level));
    append_member(line, "module", module);
    append_member(line, "message", message);
    for (const LogField& field : fields) append_member(line, field.key, field.value);
    line += '}';
    return line;
  }
  line = fmt::format("{} {:<5} {} ", format_time(time), level_name(level), module);
  if (is_sentence(message)) {
    line += message;
  } else {
    append_quoted(line, message);
  }
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    append_value(line, field.value);
  }
  return line;
}

}  // namespace pulso::ops
