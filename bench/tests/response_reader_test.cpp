#include "wire/response_reader.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace pulso::bench {
namespace {

constexpr std::string_view answer =
    "HTTP/1.1 206 Partial Content\r\ncontent-length:  5 \r\nContent-Range: bytes 0-4/9\r\n\r\nhello";

TEST(ResponseReader, finds_head_and_body_however_they_are_cut) {
  for (std::size_t cut = 0; cut <= answer.size(); ++cut) {
    ResponseReader reader;
    std::string body{reader.feed(answer.substr(0, cut))};
    EXPECT_EQ(reader.is_complete(), cut == answer.size());
    body += reader.feed(answer.substr(cut));
    EXPECT_TRUE(reader.is_complete());
    EXPECT_FALSE(reader.failed());
    EXPECT_EQ(reader.status(), 206);
    EXPECT_EQ(body, "hello");
  }
}

TEST(ResponseReader, counts_what_was_dropped_unseen) {
  ResponseReader reader;
  EXPECT_EQ(reader.feed(answer.substr(0, answer.size() - 3)), "he");
  EXPECT_EQ(reader.body_left(), 3U);
  reader.skip(3);
  EXPECT_TRUE(reader.is_complete());
}

TEST(ResponseReader, fails_at_what_nobody_asked_for) {
  ResponseReader reader;
  reader.feed(std::string(answer) + "HTTP");
  EXPECT_TRUE(reader.failed());
}

TEST(ResponseReader, fails_at_another_framing) {
  ResponseReader reader;
  reader.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_TRUE(reader.failed());
}

}  // namespace
}  // namespace pulso::bench
