#pragma once
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace pulso {

// JSON texts as JavaScript's `JSON.stringify` writes them, so that what passes through comes out as it came: doubles
// are the shortest digits that stand for them, `1.5` and `1e+21` (ECMA-262 §6.1.6.1.20), where Boost's serializer
// writes `1.5E0`; infinity and NaN, which JSON has not, are null. Values nest no deeper than `parse_json` lets them.

[[nodiscard]] std::string write_json(const boost::json::value& value);
[[nodiscard]] std::string write_json(const boost::json::object& object);
[[nodiscard]] std::string write_json(const boost::json::array& array);
/// A string with its quotes; UTF-8 passes as it is.
[[nodiscard]] std::string write_json_string(std::string_view text);

}  // namespace pulso
