#include "net/engineio_packet.h"

#include <vector>

#include <gmock/gmock.h>

#include "net/websocket_encoder.h"

namespace pulso::net {
namespace {

using testing::ElementsAre;

/// Packets as `type:data`, bytes as `b:data`; `!` where the payload is broken.
std::vector<std::string> read(std::string_view payload) {
  std::vector<std::string> packets;
  EngineioPayloadReader reader{payload};
  while (!reader.done()) {
    const auto packet = reader.next();
    if (!packet) {
      packets.emplace_back("!");
      break;
    }
    packets.push_back((packet->is_text ? std::to_string(static_cast<int>(packet->type)) : "b") + ":" +
                      std::string{packet->data});
  }
  return packets;
}

TEST(EngineioPacketTest, reads_each_type) {
  EXPECT_THAT(read("0{}\x1e"
                   "1\x1e"
                   "2probe\x1e"
                   "3probe\x1e"
                   "4hello\x1e"
                   "5\x1e"
                   "6"),
              ElementsAre("0:{}", "1:", "2:probe", "3:probe", "4:hello", "5:", "6:"));
}

TEST(EngineioPacketTest, reads_bytes_beside_text) {
  EXPECT_THAT(read("4hello\x1e"
                   "bAQIDBA==\x1e"
                   "4€"),
              ElementsAre("4:hello", "b:\x01\x02\x03\x04", "4:€"));
  EXPECT_THAT(read("b"), ElementsAre("b:"));
}

TEST(EngineioPacketTest, refuses_what_is_no_packet) {
  for (const char* payload : {"", "7", "abc", "-1", " 4", "bAQIDBA", "bAQIDB!==", "bAQ=D", "B"}) {
    EXPECT_THAT(read(payload), ElementsAre("!")) << payload;
  }
}

TEST(EngineioPacketTest, stops_at_the_first_broken_packet) {
  EXPECT_THAT(read("4a\x1ex\x1e"
                   "4b"),
              ElementsAre("4:a", "!"));
  EXPECT_THAT(read("4a\x1e"), ElementsAre("4:a", "!"));
  EXPECT_THAT(read("\x1e"
                   "4a"),
              ElementsAre("!"));
}

TEST(EngineioPacketTest, says_in_the_handshake_what_the_protocol_names_and_no_more) {
  EXPECT_EQ(encode_engineio_open({.id = "lv_VI97HAXpY6yYWAAAC",
                                  .can_upgrade = true,
                                  .ping_interval = milliseconds{25'000},
                                  .ping_timeout = milliseconds{20'000},
                                  .message_bytes_max = 1'000'000}),
            R"(0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,)"
            R"("maxPayload":1000000})");
  EXPECT_THAT(encode_engineio_open({.id = "x"}), testing::HasSubstr(R"("upgrades":[])"));
}

TEST(EngineioPacketTest, takes_packets_out_of_frames_of_every_length) {
  for (const std::size_t size : {0U, 1U, 124U, 125U, 126U, 65'535U, 65'536U, 200'000U}) {
    const std::string text = "4" + std::string(size, 'x');
    std::string payload;
    append_engineio_packet(payload, encode_text_frame(text));
    EXPECT_EQ(payload, text);
    EXPECT_EQ(engineio_polling_size(encode_text_frame(text)), 1 + payload.size());

    const std::string bytes(size, '\xfe');
    payload.clear();
    append_engineio_packet(payload, encode_binary_frame(bytes));
    EXPECT_THAT(read(payload), ElementsAre("b:" + bytes));
    EXPECT_EQ(engineio_polling_size(encode_binary_frame(bytes)), 1 + payload.size());
  }
}

TEST(EngineioPacketTest, puts_a_separator_between_packets_only) {
  std::string payload;
  append_engineio_packet(payload, encode_text_frame("4a"));
  append_engineio_packet(payload, encode_binary_frame("\x01\x02\x03\x04"));
  append_engineio_packet(payload, engineio_control_frame(EngineioPacketType::close));
  EXPECT_EQ(payload,
            "4a\x1e"
            "bAQIDBA==\x1e"
            "1");
}

}  // namespace
}  // namespace pulso::net
