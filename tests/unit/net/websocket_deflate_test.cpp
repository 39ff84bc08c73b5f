#include "net/websocket_deflate.h"

#include <random>

#include <gtest/gtest.h>
#include <zlib.h>

namespace pulso::net {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t unlimited = 64 * 1024 * 1024;
constexpr DeflateAgreement with_takeover{.server_no_context_takeover = false, .client_no_context_takeover = false};

std::string repetitive_text(std::size_t size, unsigned seed = 1) {
  std::mt19937 random{seed};
  constexpr std::array words{"seat "sv, "hold "sv, "release "sv, "room "sv, "{\"type\":"sv, "\xF0\x9F\x8E\xAB"sv};
  std::string out;
  while (out.size() < size) out += words[random() % words.size()];
  out.resize(size);
  return out;
}

std::string random_bytes(std::size_t size) {
  std::mt19937 random{7};
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

/// A client that reads with exactly the window it was promised, one byte of output at a time: a distance past the
/// window can't hide in the output buffer.
std::string inflate_as_client(std::string_view payload, int window_bits) {
  z_stream stream{};
  inflateInit2(&stream, -window_bits);
  std::string input{payload};
  input.append("\x00\x00\xFF\xFF", 4);
  std::string out;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  int result = Z_OK;
  while (result == Z_OK) {
    char byte = 0;
    stream.next_out = reinterpret_cast<Bytef*>(&byte);
    stream.avail_out = 1;
    result = inflate(&stream, Z_SYNC_FLUSH);
    if (stream.avail_out == 0) out += byte;
  }
  EXPECT_EQ(result, Z_BUF_ERROR) << (stream.msg ? stream.msg : "");  // at the end of its input
  inflateEnd(&stream);
  return out;
}

TEST(DeflateMessage, gives_the_standards_example) {
  DeflateCodec codec{{}};
  std::string message;
  EXPECT_EQ(codec.inflate("\xF2\x48\xCD\xC9\xC9\x07\x00"sv, 100, message), InflateResult::ok);  // RFC 7692 §7.2.3.1
  EXPECT_EQ(message, "Hello");
  EXPECT_EQ(deflate_message("Hello"), "\xF2\x48\xCD\xC9\xC9\x07\x00"sv);
}

TEST(DeflateMessage, makes_one_byte_of_nothing) {
  EXPECT_EQ(deflate_message(""), "\0"sv);  // §7.2.3.6
  std::string message = "old";
  DeflateCodec codec{{}};
  EXPECT_EQ(codec.inflate("\0"sv, 0, message), InflateResult::ok);
  EXPECT_EQ(message, "");
}

TEST(DeflateMessage, is_the_same_every_time) {
  const std::string text = repetitive_text(5000);
  const std::string first = deflate_message(text);
  EXPECT_LT(first.size(), text.size() / 2);
  EXPECT_EQ(deflate_message(text), first);
}

class DeflateRoundTrip : public testing::TestWithParam<std::size_t> {};

TEST_P(DeflateRoundTrip, keeps_text_and_noise) {
  for (const DeflateAgreement& agreement : {DeflateAgreement{}, with_takeover}) {
    DeflateCodec sender{agreement}, receiver{agreement};
    for (const std::string& sent :
         {repetitive_text(GetParam()), random_bytes(GetParam()), std::string(GetParam(), 'a'), std::string{}}) {
      std::string received;
      ASSERT_EQ(receiver.inflate(sender.deflate(sent), sent.size(), received), InflateResult::ok);
      ASSERT_EQ(received, sent);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, DeflateRoundTrip,
                         testing::Values(0, 1, 2, 100, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 70'000, 1'000'000));

TEST(DeflateCodec, uses_earlier_messages_only_with_takeover) {
  const std::string text = random_bytes(500);
  DeflateCodec keeps{with_takeover}, forgets{{}};
  const auto first = keeps.deflate(text);
  EXPECT_LT(keeps.deflate(text).size(), first.size() / 4);
  EXPECT_EQ(forgets.deflate(text).size(), forgets.deflate(text).size());
}

TEST(DeflateCodec, stays_within_the_clients_window) {
  const std::string text = repetitive_text(20'000) + random_bytes(3000) + repetitive_text(20'000);
  for (int bits = 8; bits <= 15; ++bits) {
    for (const bool no_takeover : {true, false}) {
      DeflateCodec codec{{.server_no_context_takeover = no_takeover, .server_max_window_bits = bits}};
      EXPECT_EQ(inflate_as_client(codec.deflate(text), bits), text) << bits;
    }
  }
}

TEST(DeflateCodec, shares_frames_only_with_clients_that_expect_no_context_and_have_the_full_window) {
  EXPECT_TRUE(DeflateCodec{{}}.takes_shared_frames());
  EXPECT_FALSE(DeflateCodec{with_takeover}.takes_shared_frames());
  EXPECT_FALSE(DeflateCodec{{.server_max_window_bits = 14}}.takes_shared_frames());
}

TEST(Inflate, stops_at_the_bound) {
  const std::string bomb = deflate_message(std::string(10'000'000, '\0'));
  ASSERT_LT(bomb.size(), 60'000u);
  DeflateCodec codec{{}};
  std::string message;
  EXPECT_EQ(codec.inflate(bomb, 65'536, message), InflateResult::too_big);
  EXPECT_LE(message.capacity(), 2u * 65'536);
}

TEST(Inflate, takes_a_message_of_exactly_the_bound) {
  const std::string text = repetitive_text(65'536);
  DeflateCodec codec{{}};
  std::string message;
  EXPECT_EQ(codec.inflate(deflate_message(text), text.size(), message), InflateResult::ok);
  EXPECT_EQ(codec.inflate(deflate_message(text), text.size() - 1, message), InflateResult::too_big);
}

TEST(Inflate, reads_a_final_block_and_goes_on_with_the_same_context) {
  DeflateCodec codec{with_takeover};
  std::string message;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(codec.inflate("\xF3\x48\xCD\xC9\xC9\x07\x00\x00"sv, 100, message), InflateResult::ok);  // §7.2.3.4
    EXPECT_EQ(message, "Hello");
  }
  // §7.2.3.2: the second "Hello" as a reference into the first.
  ASSERT_EQ(codec.inflate("\xF2\x00\x11\x00\x00"sv, 100, message), InflateResult::ok);
  EXPECT_EQ(message, "Hello");
}

TEST(Inflate, refuses_endless_final_blocks) {
  std::string payload;
  for (int i = 0; i < 1000; ++i) payload += "\x03\x00"sv;
  DeflateCodec codec{{}};
  std::string message;
  EXPECT_EQ(codec.inflate(payload, unlimited, message), InflateResult::invalid);
}

TEST(Inflate, refuses_references_into_a_context_that_is_not_kept) {
  DeflateCodec codec{{}};
  std::string message;
  ASSERT_EQ(codec.inflate("\xF2\x48\xCD\xC9\xC9\x07\x00"sv, 100, message), InflateResult::ok);
  EXPECT_EQ(codec.inflate("\xF2\x00\x11\x00\x00"sv, 100, message), InflateResult::invalid);
}

TEST(Inflate, refuses_garbage) {
  DeflateCodec codec{{}};
  std::string message;
  EXPECT_EQ(codec.inflate("\xFF\xFF\xFF"sv, unlimited, message), InflateResult::invalid);
  EXPECT_EQ(codec.inflate("\x06"sv, unlimited, message), InflateResult::invalid);
}

TEST(Inflate, refuses_messages_that_are_cut_off) {
  const std::string whole = deflate_message(repetitive_text(300));
  for (std::size_t size = 1; size + 1 < whole.size(); ++size) {
    DeflateCodec codec{{}};
    std::string message;
    EXPECT_EQ(codec.inflate(std::string_view{whole}.substr(0, size), unlimited, message), InflateResult::invalid)
        << size;
  }
}

TEST(Inflate, works_again_after_anothers_failure) {
  std::string message;
  EXPECT_EQ((DeflateCodec{{}}.inflate("\xFF\xFF\xFF"sv, unlimited, message)), InflateResult::invalid);
  EXPECT_EQ((DeflateCodec{{}}.inflate(deflate_message("well"), unlimited, message)), InflateResult::ok);
  EXPECT_EQ(message, "well");
}

}  // namespace
}  // namespace pulso::net
