#include "features/tracks/track_tags.h"

#include <gtest/gtest.h>

#include "features/tracks/media_folder.h"
#include "support/wav_file.h"

namespace pulso::tracks {
namespace {

using namespace std::string_view_literals;

Result<TrackTags> tags_of(std::string_view extra_chunks) {
  const auto file = file_in_memory(support::wav_file(support::sine(1.5, 0.5), 8000, extra_chunks));
  return read_track_tags(file->get(), AudioFormat::wav);
}

TEST(TrackTags, SayWhatAndHowLongItIs) {
  const auto tags = tags_of(support::info_chunk("Morning Tide", "Pulso", "Demo"));
  ASSERT_TRUE(tags);
  EXPECT_EQ(tags->title, "Morning Tide");
  EXPECT_EQ(tags->artist, "Pulso");
  EXPECT_EQ(tags->album, "Demo");
  EXPECT_EQ(tags->duration, milliseconds{1500});
  EXPECT_EQ(tags->cover, "");
}

TEST(TrackTags, BringThePicture) {
  const auto tags = tags_of(support::id3_chunk("\xff\xfeR\0\xed\0o\0"sv, support::tiny_png));
  ASSERT_TRUE(tags);
  EXPECT_EQ(tags->title, "Río");
  EXPECT_EQ(tags->cover, support::tiny_png);
}

TEST(TrackTags, LeaveOutAPictureThatIsNone) {
  const auto tags = tags_of(support::id3_chunk("\xff\xfeR\0"sv, "<script>alert(1)</script>"));
  ASSERT_TRUE(tags);
  EXPECT_EQ(tags->cover, "");
}

TEST(TrackTags, ThatLieAboutTheirSizesReadAsFarAsTheyGo) {
  std::string chunk = support::id3_chunk("\xff\xfeR\0"sv, support::tiny_png);
  const std::size_t tag = chunk.find("ID3");
  for (const std::size_t at : {tag + 6, tag + 10 + 4, chunk.find("APIC") + 4}) {
    std::string lying = chunk;
    for (std::size_t i = 0; i < 4; ++i) lying[at + i] = '\x7f';
    EXPECT_TRUE(tags_of(lying)) << at;
  }
}

TEST(TrackTags, OfSomethingElseAreRefused) {
  for (const AudioFormat format :
       {AudioFormat::mp3, AudioFormat::mp4, AudioFormat::ogg, AudioFormat::flac, AudioFormat::wav}) {
    const auto file = file_in_memory(std::string(3000, 'x'));
    EXPECT_FALSE(read_track_tags(file->get(), format));
  }
}

TEST(CleanText, IsOneLineOfWholeCharacters) {
  EXPECT_EQ(clean_text("  a\r\n\tb\x7f\x01 c  "), "a b c");
  EXPECT_EQ(clean_text("Зима ❄"), "Зима ❄");
  EXPECT_EQ(clean_text("broken \xc3"), "");
  EXPECT_EQ(clean_text("cut\0here"sv), "cut here");
  std::string long_text;
  while (long_text.size() <= tag_text_bytes_max) long_text += "é";
  EXPECT_EQ(clean_text("x" + long_text).size(), tag_text_bytes_max - 1);
}

}  // namespace
}  // namespace pulso::tracks
