#pragma once
#include <cstddef>
#include <string_view>

#include <boost/json/value.hpp>

#include "base/result.h"

namespace pulso {

/// A JSON text (RFC 8259) of at most `depth_max` levels. A number that is no integer of 64 bits becomes the double that
/// is nearest to it, as in JavaScript: Boost's own parser may miss that by the last bit, so that what passes through
/// would change; past what a double holds it becomes null, as JavaScript writes infinity. An escaped half of a
/// surrogate pair, which browsers send where a text was cut in the middle of an emoji, becomes U+FFFD.
/// `Errc::invalid_argument` where it is no JSON.
[[nodiscard]] Result<boost::json::value> parse_json(std::string_view text, std::size_t depth_max = 32);

}  // namespace pulso
