#include "features/tracks/search_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pulso::tracks {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SearchText, LosesItsCaseInEveryScriptThatHasOne) {
  EXPECT_EQ(fold_case("Night TRAIN"), "night train");
  EXPECT_EQ(fold_case("ÁRBOL Ñandú"), "árbol ñandú");
  EXPECT_EQ(fold_case("Зимний СВЕТ"), "зимний свет");
  EXPECT_EQ(fold_case("ΑΒΓ"), "αβγ");
  EXPECT_EQ(fold_case("𐐀 日本 🎵"), "𐐨 日本 🎵");
}

TEST(SearchText, OfBrokenBytesIsEmpty) {
  EXPECT_EQ(fold_case("abc\xff"), "");
  EXPECT_THAT(search_patterns("\xc3\x28"), IsEmpty());
}

TEST(SearchText, BecomesOnePatternAWord) {
  EXPECT_THAT(search_patterns("  Río \t Abajo "), ElementsAre("%río%", "%abajo%"));
  EXPECT_THAT(search_patterns(""), IsEmpty());
  EXPECT_THAT(search_patterns(" \r\n "), IsEmpty());
}

TEST(SearchText, HidesWhatPatternsGiveAMeaning) {
  EXPECT_THAT(search_patterns(R"(100% a_b c\d)"), ElementsAre(R"(%100\%%)", R"(%a\_b%)", R"(%c\\d%)"));
}

TEST(SearchText, IsReadToItsEighthWord) {
  EXPECT_EQ(search_patterns("a b c d e f g h i j").size(), search_words_max);
}

}  // namespace
}  // namespace pulso::tracks
