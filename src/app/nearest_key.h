#pragma once
#include <span>
#include <string_view>

namespace pulso::app {

/// The key that a mistyped one most likely means: one of the same name in another section, else the fewest letters
/// changed.
[[nodiscard]] std::string_view nearest_key(std::string_view mistyped);
/// The candidate at the smallest edit distance (insertions, deletions, replacements); the first of equals. Empty when
/// there is none.
[[nodiscard]] std::string_view nearest(std::string_view text, std::span<const std::string_view> candidates);

}  // namespace pulso::app
