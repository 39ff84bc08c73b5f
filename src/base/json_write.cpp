#include "base/json_write.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <utility>

namespace pulso {
namespace {

namespace json = boost::json;

void append(std::string& out, const json::value& value);

template <class Integer>
void append_integer(std::string& out, Integer number) {
  std::array<char, std::numeric_limits<Integer>::digits10 + 3> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  out.append(buffer.data(), end);
}

/// ECMA-262 §6.1.6.1.20 (Number::toString): plain digits for 1e-7 < |number| < 1e21, else with an exponent.
void append_double(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  if (number == 0) {
    out += '0';
    return;
  }
  std::array<char, 32> buffer;  // the longest is -1.2345678901234567e-308
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::scientific).ptr;
  std::string_view text{buffer.data(), end};
  if (text.starts_with('-')) {
    out += '-';
    text.remove_prefix(1);
  }
  const std::size_t mark = text.find('e');
  int exponent = 0;  // from_chars knows no plus
  std::from_chars(text.data() + mark + (text[mark + 1] == '+' ? 2 : 1), end, exponent);
  std::string digits{text.front()};
  if (mark > 2) digits += text.substr(2, mark - 2);
  const int count = static_cast<int>(digits.size());
  constexpr int exponent_min = -7, exponent_max = 21;
  if (exponent <= exponent_min || exponent >= exponent_max) {
    out += digits.front();
    if (count > 1) out.append(".").append(digits, 1);
    out += exponent < 0 ? "e-" : "e+";
    append_integer(out, std::abs(exponent));
  } else if (exponent < 0) {
    const int zeros = -exponent - 1;
    out.append("0.").append(static_cast<std::size_t>(zeros), '0').append(digits);
  } else if (count <= exponent + 1) {
    const int zeros = exponent + 1 - count;
    out.append(digits).append(static_cast<std::size_t>(zeros), '0');
  } else {
    const std::size_t whole = static_cast<std::size_t>(exponent) + 1;
    out.append(digits, 0, whole).append(".").append(digits, whole);
  }
}

/// What stands for a byte behind a backslash; `u` for those that are written as four hexadecimal digits, 0 for those
/// that stand for themselves.
char escape_of(char c) noexcept {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return static_cast<unsigned char>(c) < 0x20 ? 'u' : '\0';
  }
}

void append_string(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  std::size_t clean_from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char escape = escape_of(text[i]);
    if (escape == '\0') continue;
    out.append(text, clean_from, i - clean_from);
    clean_from = i + 1;
    out += '\\';
    out += escape;
    if (escape != 'u') continue;
    const auto code = static_cast<unsigned char>(text[i]);
    out.append("00").push_back(digits[code >> 4U]);
    out += digits[code & 0xFU];
  }
  out.append(text, clean_from);
  out += '"';
}

void append_array(std::string& out, const json::array& array) {
  char separator = '[';
  for (const json::value& element : array) {
    out += std::exchange(separator, ',');
    append(out, element);
  }
  out += array.empty() ? "[]" : "]";
}

void append_object(std::string& out, const json::object& object) {
  char separator = '{';
  for (const auto& member : object) {
    out += std::exchange(separator, ',');
    append_string(out, member.key());
    out += ':';
    append(out, member.value());
  }
  out += object.empty() ? "{}" : "}";
}

void append(std::string& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      out += "null";
      break;
    case json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      break;
    case json::kind::int64:
      append_integer(out, value.get_int64());
      break;
    case json::kind::uint64:
      append_integer(out, value.get_uint64());
      break;
    case json::kind::double_:
      append_double(out, value.get_double());
      break;
    case json::kind::string:
      append_string(out, value.get_string());
      break;
    case json::kind::array:
      append_array(out, value.get_array());
      break;
    case json::kind::object:
      append_object(out, value.get_object());
      break;
  }
}

}  // namespace

std::string write_json(const json::value& value) {
  std::string out;
  append(out, value);
  return out;
}

std::string write_json(const json::object& object) {
  std::string out;
  append_object(out, object);
  return out;
}

std::string write_json(const json::array& array) {
  std::string out;
  append_array(out, array);
  return out;
}

std::string write_json_string(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}

}  // namespace pulso
