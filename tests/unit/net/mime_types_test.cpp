#include "net/mime_types.h"

#include <gtest/gtest.h>

namespace pulso::net {
namespace {

TEST(MimeTypes, go_by_the_last_extension_without_case) {
  EXPECT_EQ(mime_type("index.html"), "text/html; charset=utf-8");
  EXPECT_EQ(mime_type("a.min.JS"), "text/javascript; charset=utf-8");
  EXPECT_EQ(mime_type("song.mp3"), "audio/mpeg");
  EXPECT_EQ(mime_type("list.m3u8"), "application/vnd.apple.mpegurl");
}

TEST(MimeTypes, are_bytes_when_not_known) {
  for (const char* name : {"", "README", "a.", "a.zzz", "aac", "a.html~"}) {
    EXPECT_EQ(mime_type(name), "application/octet-stream") << name;
  }
}

}  // namespace
}  // namespace pulso::net
