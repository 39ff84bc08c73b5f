#include "net/websocket_decoder.h"

#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "net/websocket_deflate.h"
#include "support/websocket_frames.h"

namespace pulso::net {
namespace {

using support::ClientFrame;
using support::encode_client_frame;
using Type = WebSocketEvent::Type;
using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::uint8_t continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10;
constexpr std::uint8_t rsv1 = 4;

/// An event with bytes of its own.
struct Seen {
  Type type;
  bool is_text;
  std::uint16_t code;
  std::string payload;
  bool operator==(const Seen&) const = default;
};

Seen message(std::string payload, bool is_text = true) {
  return {Type::message, is_text, 0, std::move(payload)};
}

/// Feeds `bytes` in pieces of at most `piece_bytes` and gives what came out.
std::vector<Seen> decode(std::string_view bytes, std::size_t piece_bytes = std::string::npos,
                         const WebSocketLimits& limits = {}, DeflateCodec* codec = nullptr) {
  WebSocketDecoder decoder;
  std::vector<Seen> seen;
  while (!bytes.empty()) {
    std::string piece{bytes.substr(0, piece_bytes)};
    bytes.remove_prefix(piece.size());
    std::span<char> input{piece};
    while (true) {
      const WebSocketEvent event = decoder.next(input, limits, codec);
      if (event.type == Type::need_more) break;
      seen.push_back({event.type, event.is_text, event.code, std::string{event.payload}});
    }
    EXPECT_TRUE(input.empty());
  }
  return seen;
}

/// The code of the only error, or 0 when that is not what came out.
std::uint16_t error_of(const std::vector<Seen>& seen) {
  return seen.size() == 1 && seen[0].type == Type::error && !seen[0].payload.empty() ? seen[0].code : 0;
}

TEST(WebSocketDecoder, is_small_and_holds_nothing_while_idle) {
  static_assert(sizeof(WebSocketDecoder) <= 16);
  WebSocketDecoder decoder;
  std::string bytes = encode_client_frame("whole");
  std::span<char> input{bytes};
  EXPECT_EQ(decoder.next(input, {}).payload, "whole");
  EXPECT_FALSE(decoder.is_pending());
}

TEST(WebSocketDecoder, reports_whole_messages_in_place) {
  WebSocketDecoder decoder;
  std::string bytes = encode_client_frame("no copy");
  std::span<char> input{bytes};
  const WebSocketEvent event = decoder.next(input, {});
  EXPECT_EQ(event.payload.data(), bytes.data() + 6);
}

TEST(WebSocketDecoder, frees_what_it_held_once_it_is_reported) {
  WebSocketDecoder decoder;
  std::string bytes = encode_client_frame("in two pieces");
  std::span<char> first = std::span{bytes}.first(9), second = std::span{bytes}.subspan(9);
  EXPECT_EQ(decoder.next(first, {}).type, Type::need_more);
  EXPECT_TRUE(decoder.is_pending());
  EXPECT_EQ(decoder.next(second, {}).payload, "in two pieces");
  EXPECT_EQ(decoder.next(second, {}).type, Type::need_more);
  EXPECT_FALSE(decoder.is_pending());
}

TEST(WebSocketDecoder, reads_every_length_however_it_is_cut) {
  for (const std::size_t size : {0, 1, 7, 8, 9, 125, 126, 127, 1000, 65'535, 65'536, 70'000}) {
    std::string payload(size, '\0');
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>(i * 7);
    const std::string bytes = encode_client_frame(payload, {.opcode = binary});
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{4096}, std::string::npos}) {
      EXPECT_EQ(decode(bytes, piece, {.message_bytes_max = 70'000}), std::vector{message(payload, false)}) << size;
    }
  }
}

TEST(WebSocketDecoder, joins_fragments_with_control_frames_between) {
  const std::string bytes = encode_client_frame("one ", {.opcode = text, .is_final = false}) +
                            encode_client_frame("are you there?", {.opcode = ping}) +
                            encode_client_frame("", {.opcode = continuation, .is_final = false}) +
                            encode_client_frame("", {.opcode = pong}) +
                            encode_client_frame("two", {.opcode = continuation}) + encode_client_frame("next");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::string::npos}) {
    EXPECT_EQ(decode(bytes, piece), (std::vector<Seen>{{Type::ping, false, 0, "are you there?"},
                                                       {Type::pong, false, 0, ""},
                                                       message("one two"),
                                                       message("next")}));
  }
}

TEST(WebSocketDecoder, refuses_broken_frames) {
  const std::pair<const char*, std::string> rows[] = {
      {"unmasked", encode_client_frame("a", {.is_masked = false})},
      {"RSV1 without an agreement", encode_client_frame("a", {.reserved_bits = rsv1})},
      {"RSV2", encode_client_frame("a", {.reserved_bits = 2})},
      {"RSV3", encode_client_frame("a", {.reserved_bits = 1})},
      {"opcode 3", encode_client_frame("a", {.opcode = 3})},
      {"opcode 7", encode_client_frame("a", {.opcode = 7})},
      {"opcode 11", encode_client_frame("a", {.opcode = 11})},
      {"opcode 15", encode_client_frame("a", {.opcode = 15})},
      {"fragmented ping", encode_client_frame("a", {.opcode = ping, .is_final = false})},
      {"fragmented close", encode_client_frame("", {.opcode = close, .is_final = false})},
      {"long ping", encode_client_frame(std::string(126, 'a'), {.opcode = ping})},
      {"long close", encode_client_frame(std::string(126, 'a'), {.opcode = close})},
      {"continuation of nothing", encode_client_frame("a", {.opcode = continuation})},
      {"unfinished continuation of nothing", encode_client_frame("a", {.opcode = continuation, .is_final = false})},
      {"two messages at once", encode_client_frame("a", {.is_final = false}) + encode_client_frame("b")},
      {"16-bit length of 125", encode_client_frame(std::string(125, 'a'), {.length_bytes = 2})},
      {"64-bit length of 65535", encode_client_frame(std::string(65'535, 'a'), {.length_bytes = 8})},
      {"64-bit length of 1", encode_client_frame("a", {.length_bytes = 8})},
      {"64th bit of the length", "\x81\xFF\x80\x00\x00\x00\x00\x00\x00\x01zzzz"s},
  };
  for (const auto& [name, bytes] : rows) {
    EXPECT_EQ(error_of(decode(bytes)), 1002) << name;
    EXPECT_EQ(error_of(decode(bytes, 1)), 1002) << name;
  }
}

TEST(WebSocketDecoder, refuses_a_broken_frame_by_its_first_two_bytes) {
  EXPECT_EQ(error_of(decode("\x81\x05"sv)), 1002);      // not masked
  EXPECT_EQ(error_of(decode("\x83\x85"sv)), 1002);      // reserved opcode
  EXPECT_EQ(error_of(decode("\x89\xFE"sv)), 1002);      // long ping
  EXPECT_EQ(error_of(decode("\x80\x80zzzz"sv)), 1002);  // continuation of nothing
}

TEST(WebSocketDecoder, looks_at_nothing_behind_an_error) {
  const std::string bytes = encode_client_frame("a", {.opcode = 3}) + encode_client_frame("b");
  EXPECT_EQ(decode(bytes, 4).size(), 1u);
}

TEST(WebSocketDecoder, holds_messages_to_their_bound) {
  const WebSocketLimits limits{.message_bytes_max = 10};
  const auto part = [](std::size_t size, std::uint8_t opcode, bool is_final) {
    return encode_client_frame(std::string(size, 'a'), {.opcode = opcode, .is_final = is_final});
  };
  EXPECT_EQ(decode(part(10, text, true), 3, limits).size(), 1u);
  EXPECT_EQ(error_of(decode(part(11, text, true), 3, limits)), 1009);
  EXPECT_EQ(decode(part(6, text, false) + part(4, continuation, true), 3, limits), std::vector{message("aaaaaaaaaa")});
  EXPECT_EQ(error_of(decode(part(6, text, false) + part(5, continuation, true), 3, limits)), 1009);
  EXPECT_EQ(decode(encode_client_frame(std::string(100, 'p'), {.opcode = ping}), 7, limits)[0].type, Type::ping);
}

TEST(WebSocketDecoder, refuses_a_huge_length_by_its_head) {
  EXPECT_EQ(error_of(decode("\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFFmask"sv)), 1009);
  const std::string behind_a_fragment =
      encode_client_frame("a", {.opcode = binary, .is_final = false}) + "\x80\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFFmask";
  EXPECT_EQ(error_of(decode(behind_a_fragment)), 1009);
}

TEST(WebSocketDecoder, counts_fragments) {
  const std::string begin = encode_client_frame("", {.is_final = false});
  const std::string middle = encode_client_frame("", {.opcode = continuation, .is_final = false});
  const std::string end = encode_client_frame("", {.opcode = continuation});
  const WebSocketLimits limits{.fragments_max = 3};
  EXPECT_EQ(decode(begin + middle + end, 64, limits), std::vector{message("")});
  EXPECT_EQ(error_of(decode(begin + middle + middle + end, 64, limits)), 1009);
}

TEST(WebSocketDecoder, refuses_text_that_is_not_utf8) {
  EXPECT_EQ(error_of(decode(encode_client_frame("\xC0\xAF"))), 1007);
  EXPECT_EQ(error_of(decode(encode_client_frame("\xE2\x82"))), 1007);
  EXPECT_EQ(error_of(decode(encode_client_frame("\xE2\x82"), 7)), 1007);
  EXPECT_EQ(decode(encode_client_frame("\xC0\xAF", {.opcode = binary})).size(), 1u);
}

TEST(WebSocketDecoder, joins_characters_that_fragments_cut) {
  const std::string bytes = encode_client_frame("\xF0\x9F", {.is_final = false}) +
                            encode_client_frame("\x98", {.opcode = continuation, .is_final = false}) +
                            encode_client_frame("\x80", {.opcode = continuation});
  EXPECT_EQ(decode(bytes), std::vector{message("\xF0\x9F\x98\x80")});
}

TEST(WebSocketDecoder, refuses_broken_text_before_its_frame_is_whole) {
  const std::string bytes = encode_client_frame("\xED\xA0\x80" + std::string(100, 'a'));
  EXPECT_EQ(error_of(decode(std::string_view{bytes}.substr(0, 8))), 1007);  // a surrogate's second byte
}

TEST(WebSocketDecoder, tells_code_and_reason_of_a_close) {
  EXPECT_EQ(decode(encode_client_frame("", {.opcode = close})), (std::vector<Seen>{{Type::close, false, 1005, ""}}));
  for (const std::size_t piece : {std::size_t{1}, std::string::npos}) {
    EXPECT_EQ(decode(encode_client_frame("\x03\xE8"
                                         "bye",
                                         {.opcode = close}),
                     piece),
              (std::vector<Seen>{{Type::close, false, 1000, "bye"}}));
  }
}

TEST(WebSocketDecoder, looks_at_nothing_behind_a_close) {
  EXPECT_EQ(decode(encode_client_frame("", {.opcode = close}) + encode_client_frame("late")).size(), 1u);
}

TEST(WebSocketDecoder, knows_which_close_codes_may_be_sent) {
  for (int code = 0; code < 65'536; ++code) {
    const bool may_be_sent =
        (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
    const std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    const auto seen = decode(encode_client_frame(payload, {.opcode = close}));
    ASSERT_EQ(seen.size(), 1u);
    ASSERT_EQ(seen[0].type, may_be_sent ? Type::close : Type::error) << code;
    ASSERT_EQ(seen[0].code, may_be_sent ? code : 1002);
  }
}

TEST(WebSocketDecoder, refuses_broken_close_payloads) {
  EXPECT_EQ(error_of(decode(encode_client_frame("\x03", {.opcode = close}))), 1002);
  EXPECT_EQ(error_of(decode(encode_client_frame("\x03\xE8\xC0\xAF", {.opcode = close}))), 1007);
}

TEST(WebSocketDecoder, inflates_messages) {
  DeflateCodec codec{{}};
  const std::string sent(5000, 'x');
  const std::string deflated = deflate_message(sent);
  const std::string whole = encode_client_frame(deflated, {.reserved_bits = rsv1});
  const std::string parts = encode_client_frame(deflated.substr(0, 4), {.is_final = false, .reserved_bits = rsv1}) +
                            encode_client_frame("between", {.opcode = ping}) +
                            encode_client_frame(deflated.substr(4), {.opcode = continuation});
  for (const std::size_t piece : {std::size_t{1}, std::string::npos}) {
    EXPECT_EQ(decode(whole, piece, {}, &codec), std::vector{message(sent)});
    EXPECT_EQ(decode(parts, piece, {}, &codec).back(), message(sent));
    EXPECT_EQ(decode(encode_client_frame("plain"), piece, {}, &codec), std::vector{message("plain")});
  }
}

TEST(WebSocketDecoder, allows_rsv1_only_where_a_message_begins) {
  DeflateCodec codec{{}};
  EXPECT_EQ(error_of(decode(encode_client_frame("", {.opcode = ping, .reserved_bits = rsv1}), 99, {}, &codec)), 1002);
  const std::string bytes = encode_client_frame("a", {.is_final = false}) +
                            encode_client_frame("b", {.opcode = continuation, .reserved_bits = rsv1});
  EXPECT_EQ(error_of(decode(bytes, 99, {}, &codec)), 1002);
}

TEST(WebSocketDecoder, holds_inflated_messages_to_the_same_bound) {
  DeflateCodec codec{{}};
  const std::string bomb = encode_client_frame(deflate_message(std::string(1'000'000, 'a')), {.reserved_bits = rsv1});
  EXPECT_EQ(error_of(decode(bomb, 99'999, {}, &codec)), 1009);
  EXPECT_EQ(error_of(decode(bomb, 5, {}, &codec)), 1009);
}

TEST(WebSocketDecoder, takes_a_message_of_the_bound_that_deflating_made_longer) {
  std::mt19937 random{3};
  std::string noise(1000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  DeflateCodec codec{{}};
  const std::string deflated = deflate_message(noise);
  ASSERT_GT(deflated.size(), noise.size());
  EXPECT_EQ(decode(encode_client_frame(deflated, {.opcode = binary, .reserved_bits = rsv1}), 99,
                   {.message_bytes_max = noise.size()}, &codec),
            std::vector{message(noise, false)});
}

TEST(WebSocketDecoder, refuses_broken_compression) {
  DeflateCodec codec{{}};
  EXPECT_EQ(error_of(decode(encode_client_frame("\xFF\xFF\xFF", {.reserved_bits = rsv1}), 99, {}, &codec)), 1007);
  EXPECT_EQ(error_of(decode(encode_client_frame(deflate_message("\xC0\xAF"), {.reserved_bits = rsv1}), 99, {}, &codec)),
            1007);
}

}  // namespace
}  // namespace pulso::net
