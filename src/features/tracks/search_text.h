#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace pulso::tracks {

/// Words of a search that are looked at; later ones are not.
inline constexpr std::size_t search_words_max = 8;

/// Text with the difference between capital and small letters taken away, in any script that knows it, character by
/// character (Unicode's simple mapping; `ß` and `SS` stay different). Both engines then search alike, which by
/// themselves they would not: SQLite knows the letters of ASCII only. What is no UTF-8 is left out.
[[nodiscard]] std::string fold_case(std::string_view text);

/// The patterns for `LIKE … ESCAPE '\'` that a folded text must all match: one a word, anywhere in the text.
[[nodiscard]] std::vector<std::string> search_patterns(std::string_view search);

}  // namespace pulso::tracks
