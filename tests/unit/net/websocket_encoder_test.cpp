#include "net/websocket_encoder.h"

#include <gtest/gtest.h>

#include "net/websocket_deflate.h"

namespace pulso::net {
namespace {

using namespace std::string_view_literals;

TEST(WebSocketEncoder, uses_the_shortest_length) {
  const auto header = [](std::uint64_t size) {
    return std::string{encode_frame_header(WebSocketOpcode::binary, size)};
  };
  EXPECT_EQ(header(0), "\x82\x00"sv);
  EXPECT_EQ(header(125), "\x82\x7D"sv);
  EXPECT_EQ(header(126), "\x82\x7E\x00\x7E"sv);
  EXPECT_EQ(header(65'535), "\x82\x7E\xFF\xFF"sv);
  EXPECT_EQ(header(65'536), "\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"sv);
}

TEST(WebSocketEncoder, marks_deflated_messages) {
  EXPECT_EQ(encode_frame_header(WebSocketOpcode::text, 5, true).bytes(), "\xC1\x05"sv);
}

TEST(WebSocketEncoder, makes_whole_messages) {
  EXPECT_EQ(encode_text_frame("Hello").bytes(), "\x81\x05Hello");  // RFC 6455 §5.7
  EXPECT_EQ(encode_binary_frame("\x01"sv).bytes(), "\x82\x01\x01"sv);
}

TEST(WebSocketEncoder, makes_deflated_messages_only_when_they_are_shorter) {
  const std::string text(1000, 'a');
  const FrameRef frame = encode_deflated_text_frame(text);
  ASSERT_TRUE(frame);
  EXPECT_LT(frame.size(), 30u);
  EXPECT_FALSE(encode_deflated_text_frame("a1"));
}

TEST(WebSocketEncoder, cuts_control_payloads) {
  EXPECT_EQ(encode_control_frame(WebSocketOpcode::pong, "Hello"), "\x8A\x05Hello");
  EXPECT_EQ(encode_control_frame(WebSocketOpcode::ping, std::string(200, 'x')).size(), 2u + 125);
}

TEST(WebSocketEncoder, puts_code_and_reason_into_close) {
  EXPECT_EQ(encode_close_frame(1000, "bye"),
            "\x88\x05\x03\xE8"
            "bye"sv);
  EXPECT_EQ(encode_close_frame(4401), "\x88\x02\x11\x31"sv);
}

TEST(WebSocketEncoder, never_sends_code1005) {
  EXPECT_EQ(encode_close_frame(1005, "ignored"), "\x88\x00"sv);
}

TEST(WebSocketEncoder, cuts_reasons_between_characters) {
  std::string reason(121, 'x');
  reason += "\xE2\x82\xAC!";
  EXPECT_EQ(encode_close_frame(1000, reason).size(), 2u + 2 + 121);
  EXPECT_EQ(encode_close_frame(1000, std::string(124, 'x')).size(), 2u + 2 + 123);
}

}  // namespace
}  // namespace pulso::net
