#pragma once
#include <optional>
#include <string_view>

#include <boost/json/object.hpp>

namespace pulso::auth {

/// The object that `text` is, read so that no other reader could see another one in it (RFC 8725 §2.4): a name that
/// comes twice in an object, on whatever level, more than 8 levels, or anything that is not JSON in UTF-8 gives
/// nothing.
[[nodiscard]] std::optional<boost::json::object> parse_strict_object(std::string_view text);

}  // namespace pulso::auth
