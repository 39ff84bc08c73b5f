#include "features/tracks/audio_format.h"

#include <gtest/gtest.h>

namespace pulso::tracks {
namespace {

using namespace std::string_view_literals;

TEST(AudioFormat, IsKnownByTheFirstBytes) {
  EXPECT_EQ(audio_format_of("fLaC\0\0\0\x22"sv), AudioFormat::flac);
  EXPECT_EQ(audio_format_of("OggS\0\x02"sv), AudioFormat::ogg);
  EXPECT_EQ(audio_format_of("RIFF\x24\0\0\0WAVEfmt "sv), AudioFormat::wav);
  EXPECT_EQ(audio_format_of("\0\0\0\x20"
                            "ftypM4A "sv),
            AudioFormat::mp4);
  EXPECT_EQ(audio_format_of("ID3\x04\0\0\0\0\0\0"sv), AudioFormat::mp3);
  EXPECT_EQ(audio_format_of("\xff\xfb\x90\x64"sv), AudioFormat::mp3);
}

TEST(AudioFormat, IsNotGuessedOfAnythingElse) {
  for (const std::string_view bytes :
       {""sv, "R"sv, "RIFF\x24\0\0\0AVI LIST"sv, "RIFF"sv, "<html>"sv, "#EXTM3U\n"sv, "\x89PNG\r\n\x1a\n"sv,
        "%PDF-1.7"sv, "\xff\xd8\xff\xe0"sv, "\xff\xf1\x50\x80"sv, "\xff\xff\xff\xff"sv, "\0\0\0\x20wide"sv}) {
    EXPECT_FALSE(audio_format_of(bytes)) << bytes;
  }
}

TEST(AudioFormat, OfANameIsItsExtensionInAnyCase) {
  for (const std::string_view name : {"a.mp3", "a.b.M4A", "a.Ogg", "a.oga", "a.opus", "a.FLAC", "a.wav"}) {
    EXPECT_TRUE(has_audio_name(name)) << name;
  }
  for (const std::string_view name : {"mp3", "a.mp", "a.mp3.exe", "a.", "", "a.m3u"}) {
    EXPECT_FALSE(has_audio_name(name)) << name;
  }
}

TEST(AudioFormat, OfPicturesIsKnownByTheirFirstBytes) {
  EXPECT_EQ(picture_extension_of("\x89PNG\r\n\x1a\nIHDR"sv), "png");
  EXPECT_EQ(picture_extension_of("\xff\xd8\xff\xe0JFIF"sv), "jpg");
  EXPECT_EQ(picture_extension_of("GIF89a.."sv), "gif");
  EXPECT_EQ(picture_extension_of("RIFF....WEBPVP8 "sv), "webp");
  EXPECT_EQ(picture_extension_of("<svg onload='alert(1)'>"sv), "");
  EXPECT_EQ(picture_extension_of(""sv), "");
}

}  // namespace
}  // namespace pulso::tracks
