#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/websocket_decoder.h"
#include "net/websocket_deflate.h"
#include "support/websocket_frames.h"

namespace pulso::net {
namespace {

using support::encode_client_frame;
using Type = WebSocketEvent::Type;

/// An event as one line.
std::string shown(const WebSocketEvent& event) {
  return std::to_string(static_cast<int>(event.type)) + (event.is_text ? " text " : " ") + std::to_string(event.code) +
         ' ' + std::string{event.payload};
}

constexpr DeflateAgreement with_takeover{.server_no_context_takeover = false, .client_no_context_takeover = false};

/// Random frames: mostly good ones, fragmented and deflated at random, with what should come out of them.
class RandomPeer {
 public:
  explicit RandomPeer(unsigned seed) : random_(seed) {}

  std::string bytes;
  std::vector<std::string> expected;

  void send_messages(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) send_message();
  }
  /// A frame with any bits at all.
  void send_noise() {
    for (std::size_t i = below(40); i > 0; --i) bytes += static_cast<char>(random_());
  }
  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  std::string random_payload(bool is_text) {
    static const std::vector<std::string> characters{"a", "Z", "\n", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    std::string out;
    const std::size_t size = below(8) == 0 ? below(70'000) : below(300);
    while (out.size() < size) out += is_text ? characters[below(characters.size())] : std::string(1, char(random_()));
    return out;
  }
  void send_control() {
    std::string payload(below(126), 'p');
    const bool is_ping = below(2) == 0;
    bytes += encode_client_frame(payload, {.opcode = static_cast<std::uint8_t>(is_ping ? 9 : 10)});
    expected.push_back(shown({.type = is_ping ? Type::ping : Type::pong, .payload = payload}));
  }
  void send_message() {
    const bool is_text = below(2) == 0, is_deflated = below(3) == 0;
    const std::string message = random_payload(is_text);
    std::string rest = is_deflated ? codec_.deflate(message) : message;
    auto opcode = static_cast<std::uint8_t>(is_text ? 1 : 2);
    auto reserved = static_cast<std::uint8_t>(is_deflated ? 4 : 0);
    for (std::size_t fragments = below(4); fragments > 0; --fragments) {
      const std::size_t size = below(rest.size() + 1);
      bytes +=
          encode_client_frame(rest.substr(0, size), {.opcode = opcode, .is_final = false, .reserved_bits = reserved});
      rest.erase(0, size);
      opcode = 0;
      reserved = 0;
      if (below(2) == 0) send_control();
    }
    bytes += encode_client_frame(rest, {.opcode = opcode, .reserved_bits = reserved});
    expected.push_back(shown({.type = Type::message, .is_text = is_text, .payload = message}));
    if (below(3) == 0) send_control();
  }

  std::mt19937 random_;
  DeflateCodec codec_{with_takeover};
};

/// Decodes `bytes` in pieces whose sizes `next_size` gives.
template <class NextSize>
std::vector<std::string> decode(std::string_view bytes, NextSize next_size) {
  DeflateCodec codec{with_takeover};
  WebSocketDecoder decoder;
  std::vector<std::string> events;
  while (!bytes.empty()) {
    std::string piece{bytes.substr(0, next_size())};
    bytes.remove_prefix(piece.size());
    std::span<char> input{piece};
    while (true) {
      const WebSocketEvent event = decoder.next(input, {.message_bytes_max = 80'000}, &codec);
      if (event.type == Type::need_more) break;
      events.push_back(shown(event));
    }
  }
  return events;
}

class WebSocketStreams : public testing::TestWithParam<unsigned> {};

TEST_P(WebSocketStreams, decode_alike_wherever_they_are_cut) {
  RandomPeer peer{GetParam()};
  peer.send_messages(30);
  EXPECT_EQ(decode(peer.bytes, [] { return std::string::npos; }), peer.expected);
  for (const std::size_t size_max : {2, 16, 1000, 100'000}) {
    EXPECT_EQ(decode(peer.bytes, [&] { return 1 + peer.below(size_max); }), peer.expected) << size_max;
  }
}

TEST_P(WebSocketStreams, fail_alike_wherever_they_are_cut) {
  RandomPeer peer{GetParam()};
  for (int round = 0; round < 20; ++round) {
    peer.bytes.clear();
    peer.send_noise();
    const auto whole = decode(peer.bytes, [] { return std::string::npos; });
    EXPECT_EQ(decode(peer.bytes, [] { return std::size_t{1}; }), whole);
    EXPECT_EQ(decode(peer.bytes, [&] { return 1 + peer.below(8); }), whole);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, WebSocketStreams, testing::Range(1u, 17u));

}  // namespace
}  // namespace pulso::net
