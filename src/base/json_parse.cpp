#include "base/json_parse.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/value_stack.hpp>

namespace pulso {
namespace {

namespace json = boost::json;
using ErrorCode = boost::system::error_code;

/// Builds the value as Boost's parser does, but for doubles. Texts come in one piece, and so do their numbers.
struct Handler {
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  bool on_document_begin(ErrorCode&) { return true; }
  bool on_document_end(ErrorCode&) { return true; }
  bool on_object_begin(ErrorCode&) { return true; }
  bool on_object_end(std::size_t count, ErrorCode&) {
    stack.push_object(count);
    return true;
  }
  bool on_array_begin(ErrorCode&) { return true; }
  bool on_array_end(std::size_t count, ErrorCode&) {
    stack.push_array(count);
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, ErrorCode&) {
    stack.push_chars(part);
    return true;
  }
  bool on_key(json::string_view rest, std::size_t, ErrorCode&) {
    stack.push_key(rest);
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, ErrorCode&) {
    stack.push_chars(part);
    return true;
  }
  bool on_string(json::string_view rest, std::size_t, ErrorCode&) {
    stack.push_string(rest);
    return true;
  }
  bool on_number_part(json::string_view, ErrorCode&) { return true; }
  bool on_int64(std::int64_t number, json::string_view, ErrorCode&) {
    stack.push_int64(number);
    return true;
  }
  bool on_uint64(std::uint64_t number, json::string_view, ErrorCode&) {
    stack.push_uint64(number);
    return true;
  }
  bool on_double(double /*about*/, json::string_view digits, ErrorCode&) {
    double number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc::result_out_of_range) number = std::strtod(std::string{digits}.c_str(), nullptr);
    if (std::isinf(number)) {
      stack.push_null();
    } else {
      stack.push_double(number);
    }
    return true;
  }
  bool on_bool(bool value, ErrorCode&) {
    stack.push_bool(value);
    return true;
  }
  bool on_null(ErrorCode&) {
    stack.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, ErrorCode&) { return true; }
  bool on_comment(json::string_view, ErrorCode&) { return true; }

  json::value_stack stack;
};

json::value parse(std::string_view text, std::size_t depth_max, ErrorCode& error) {
  json::parse_options options;
  options.max_depth = depth_max;
  json::basic_parser<Handler> parser{options};
  parser.handler().stack.reset();
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (!error && read < text.size()) error = json::error::extra_data;
  return error ? json::value{} : parser.handler().stack.release();
}

/// The UTF-16 code unit of the escape that `text` begins with, or nothing.
std::optional<unsigned> escaped_unit(std::string_view text) {
  constexpr std::size_t escape_size = 6;  // \u0041
  if (text.size() < escape_size || !text.starts_with("\\u")) return std::nullopt;
  unsigned unit = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + escape_size, unit, 16);
  if (error != std::errc{} || end != text.data() + escape_size) return std::nullopt;
  return unit;
}

/// Half of a pair may also end its text, or stand before an escape of another kind.
bool is_about_surrogates(const ErrorCode& error) {
  return error == json::error::illegal_leading_surrogate || error == json::error::illegal_trailing_surrogate ||
         error == json::error::expected_utf16_escape || error == json::error::syntax;
}

std::string without_lone_surrogates(std::string_view text) {
  const auto is_high = [](std::optional<unsigned> unit) { return unit && *unit >= 0xD800 && *unit <= 0xDBFF; };
  const auto is_low = [](std::optional<unsigned> unit) { return unit && *unit >= 0xDC00 && *unit <= 0xDFFF; };
  std::string repaired;
  repaired.reserve(text.size());
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('\\'), text.size());
    repaired += text.substr(0, plain);
    text.remove_prefix(plain);
    const auto unit = escaped_unit(text);
    std::size_t taken = std::min<std::size_t>(unit ? 6 : 2, text.size());
    if (is_high(unit) && is_low(escaped_unit(text.substr(taken)))) {
      taken *= 2;
    } else if (is_high(unit) || is_low(unit)) {
      repaired += "\\ufffd";
      text.remove_prefix(std::exchange(taken, 0));
    }
    repaired += text.substr(0, taken);
    text.remove_prefix(taken);
  }
  return repaired;
}

}  // namespace

Result<json::value> parse_json(std::string_view text, std::size_t depth_max) {
  ErrorCode error;
  json::value value = parse(text, depth_max, error);
  if (is_about_surrogates(error) && text.contains("\\u")) {
    error = {};
    value = parse(without_lone_surrogates(text), depth_max, error);
  }
  if (error) return fail(Errc::invalid_argument, "no JSON");
  return value;
}

}  // namespace pulso
