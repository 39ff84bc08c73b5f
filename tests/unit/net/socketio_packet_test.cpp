#include "net/socketio_packet.h"

#include <gtest/gtest.h>

namespace pulso::net {
namespace {

namespace json = boost::json;

SocketioPacket decoded(std::string_view text) {
  SocketioDecoder decoder;
  auto packet = decoder.decode_text(text, {});
  EXPECT_TRUE(packet && *packet) << text;
  return packet && *packet ? **std::move(packet) : SocketioPacket{};
}

TEST(SocketioPacket, reads_every_type) {
  EXPECT_EQ(decoded("0").type, SocketioPacketType::connect);
  EXPECT_EQ(decoded("0").name_space, "/");
  EXPECT_TRUE(decoded("0").data.is_null());
  EXPECT_EQ(decoded(R"(0/admin,{"token":"1"})").name_space, "/admin");
  EXPECT_EQ(decoded(R"(0/admin,{"token":"1"})").data.at("token").as_string(), "1");
  EXPECT_EQ(decoded("1/admin,").type, SocketioPacketType::disconnect);
  EXPECT_EQ(decoded("1/admin").name_space, "/admin");
  EXPECT_EQ(decoded(R"(313["x"])").id, 13U);
  EXPECT_EQ(decoded(R"(4/x,{"message":"no"})").type, SocketioPacketType::connect_error);
}

TEST(SocketioPacket, reads_an_event) {
  const SocketioPacket packet = decoded(R"(2/admin,456["project:delete",123,{"a":null}])");
  EXPECT_EQ(packet.type, SocketioPacketType::event);
  EXPECT_EQ(packet.name_space, "/admin");
  EXPECT_EQ(packet.id, 456U);
  EXPECT_EQ(packet.event, "project:delete");
  EXPECT_EQ(packet.arguments, (json::array{123, json::object{{"a", nullptr}}}));
  EXPECT_FALSE(decoded(R"(2["a"])").id);
}

TEST(SocketioPacket, gathers_attachments) {
  SocketioDecoder decoder;
  const auto first =
      decoder.decode_text(R"(52-3["f",{"_placeholder":true,"num":1},{"x":{"_placeholder":true,"num":0}}])", {});
  ASSERT_TRUE(first);
  EXPECT_FALSE(*first);
  EXPECT_FALSE(*decoder.decode_binary("one"));
  const auto packet = decoder.decode_binary("two");
  ASSERT_TRUE(packet && *packet);
  EXPECT_EQ((*packet)->type, SocketioPacketType::event);
  EXPECT_EQ((*packet)->id, 3U);
  EXPECT_EQ((*packet)->attachments, (std::vector<std::string>{"one", "two"}));
}

TEST(SocketioPacket, refuses_what_comes_between_a_packet_and_its_attachments) {
  SocketioDecoder decoder;
  ASSERT_TRUE(decoder.decode_text(R"(51-["f",{"_placeholder":true,"num":0}])", {}));
  EXPECT_FALSE(decoder.decode_text(R"(2["a"])", {}));
  SocketioDecoder other;
  EXPECT_FALSE(other.decode_binary("nobody announced it"));
}

class BadSocketioPackets : public testing::TestWithParam<const char*> {};

TEST_P(BadSocketioPackets, are_refused) {
  SocketioDecoder decoder;
  EXPECT_FALSE(decoder.decode_text(GetParam(), {}));
}

INSTANTIATE_TEST_SUITE_P(Texts, BadSocketioPackets,
                         testing::Values("", "7", "x", "2", "2{}", "2[]", "2[null]", "2[{}]", R"(2["a")",
                                         R"(2["connect"])", R"(2["disconnecting"])", R"(2["newListener"])", "3[]", "3",
                                         R"(0[])", R"(0"a")", R"(1{})", "4", R"(5["a"])", R"(5-["a"])", R"(5x-["a"])",
                                         R"(517-["a"])", R"(51-["a",{"_placeholder":true,"num":1}])",
                                         R"(51-["a",{"_placeholder":true,"num":-1}])",
                                         R"(51-["a",{"_placeholder":true,"num":"0"}])",
                                         R"(51-["a",{"_placeholder":true}])", R"(299999999999999999999["a"])",
                                         R"(2/a)"));

TEST(SocketioPacket, keeps_to_its_limits) {
  SocketioDecoder decoder;
  EXPECT_FALSE(decoder.decode_text(std::string("2") + std::string(100, '[') + std::string(100, ']'), {}));
  EXPECT_FALSE(decoder.decode_text("0/" + std::string(300, 'n') + ",", {}));
}

TEST(SocketioPacket, writes_what_clients_read) {
  EXPECT_EQ(encode_socketio_event({.name_space = "/", .id = {}}, "a\"b", json::array{1}), R"(42["a\"b",1])");
  EXPECT_EQ(encode_socketio_event({.name_space = "/n", .id = 7}, "a", json::array{}), R"(42/n,7["a"])");
  EXPECT_EQ(encode_socketio_event({.name_space = "/", .id = {}, .attachment_count = 2}, "a", json::array{}),
            R"(452-["a"])");
  EXPECT_EQ(encode_socketio_ack({.name_space = "/", .id = 7}, json::array{"x"}), R"(437["x"])");
  EXPECT_EQ(encode_socketio_connect("/", "id", {}), R"(40{"sid":"id"})");
  EXPECT_EQ(encode_socketio_connect("/n", "id", "p"), R"(40/n,{"sid":"id","pid":"p"})");
  EXPECT_EQ(encode_socketio_connect_error("/", "no", json::object{{"code", 1}}),
            R"(44{"message":"no","data":{"code":1}})");
  EXPECT_EQ(encode_socketio_disconnect("/n"), "41/n,");
  std::string event = R"(42["a"])";
  append_socketio_offset(event, "0-1");
  EXPECT_EQ(event, R"(42["a","0-1"])");
}

TEST(SocketioEncoder, asks_for_an_acknowledgement_afterwards) {
  for (const std::string_view name_space : {"/", "/a[1]-2"}) {
    for (const std::size_t attachments : {0, 12}) {
      std::string event = encode_socketio_event(
          {.name_space = name_space, .id = std::nullopt, .attachment_count = attachments}, "[e", {1, "x,"});
      insert_socketio_id(event, 345);
      EXPECT_EQ(event, encode_socketio_event({.name_space = name_space, .id = 345, .attachment_count = attachments},
                                             "[e", {1, "x,"}));
    }
  }
}

}  // namespace
}  // namespace pulso::net
