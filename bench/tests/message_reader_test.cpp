#include "wire/message_reader.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace pulso::bench {
namespace {

/// Every complete text of `bytes`, fed in pieces of `piece_bytes`.
std::vector<std::string> texts_of(const std::string& bytes, std::size_t piece_bytes) {
  MessageReader reader;
  std::vector<std::string> texts;
  for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
    const std::string piece = bytes.substr(at, piece_bytes);
    reader.feed(piece);
    while (const auto message = reader.next())
      if (message->opcode == Opcode::text) texts.emplace_back(message->payload);
  }
  EXPECT_FALSE(reader.failed());
  return texts;
}

TEST(MessageReader, finds_the_same_messages_however_the_bytes_are_cut) {
  const std::vector<std::string> sent{"", "a", std::string(125, 'b'), std::string(126, 'c'), std::string(70000, 'd')};
  std::string bytes;
  for (const auto& text : sent) append_frame(bytes, Opcode::text, text);
  for (const std::size_t piece : {1UL, 2UL, 3UL, 127UL, 4096UL, bytes.size()}) EXPECT_EQ(texts_of(bytes, piece), sent);
}

TEST(MessageReader, unmasks_what_a_client_sends) {
  std::string bytes;
  append_frame(bytes, Opcode::text, "select", 0x12345678U);
  append_frame(bytes, Opcode::text, "release", 0U);
  EXPECT_EQ(bytes.find("select"), std::string::npos);
  EXPECT_EQ(texts_of(bytes, bytes.size()), (std::vector<std::string>{"select", "release"}));
}

TEST(MessageReader, joins_fragments_around_a_control_frame) {
  std::string bytes = "\x01\x03sel";
  append_frame(bytes, Opcode::ping, "?");
  bytes += std::string("\x80\x03", 2) + "ect";
  EXPECT_EQ(texts_of(bytes, 1), std::vector<std::string>{"select"});
}

TEST(MessageReader, fails_on_a_reserved_bit_a_stray_continuation_and_a_fragmented_control_frame) {
  for (const std::string bytes : {"\xc1\x01x", "\x80\x01x", "\x09\x01x"}) {
    MessageReader reader;
    reader.feed(bytes);
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.failed());
  }
}

}  // namespace
}  // namespace pulso::bench
