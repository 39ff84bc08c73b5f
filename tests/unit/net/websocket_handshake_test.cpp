#include "net/websocket_handshake.h"

#include <array>

#include <gtest/gtest.h>

namespace pulso::net {
namespace {

HttpRequest handshake_request() {
  HttpRequest request;
  request.method = "GET";
  request.headers.add("Connection", "keep-alive, Upgrade");
  request.headers.add("Upgrade", "WebSocket");
  request.headers.add("Sec-WebSocket-Version", "13");
  request.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  return request;
}

TEST(WebSocketHandshake, accepts_the_standards_example) {
  const auto handshake = check_websocket_handshake(handshake_request(), {});
  ASSERT_TRUE(handshake);
  EXPECT_EQ(handshake->accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");  // RFC 6455 §1.3
  EXPECT_FALSE(handshake->deflate);
  EXPECT_EQ(websocket_response_head(*handshake),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
}

TEST(WebSocketHandshake, is_refused_over_http_1_0) {
  HttpRequest request = handshake_request();
  request.version = 10;
  EXPECT_EQ(check_websocket_handshake(request, {}).error().status, 400);
}

TEST(WebSocketHandshake, answers_what_was_chosen) {
  HttpRequest request = handshake_request();
  request.headers.add("Sec-WebSocket-Protocol", "chat, pulso.v1");
  request.headers.add("Sec-WebSocket-Protocol", "pulso.v2");
  request.headers.add("Sec-WebSocket-Extensions", "x-unknown");
  request.headers.add("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits");
  const auto handshake = check_websocket_handshake(request, {}, true);
  ASSERT_TRUE(handshake);
  EXPECT_EQ(handshake->subprotocol, "chat");
  EXPECT_TRUE(handshake->deflate);
  const std::string head = websocket_response_head(*handshake);
  EXPECT_TRUE(head.contains("\r\nSec-WebSocket-Protocol: chat\r\n"));
  EXPECT_TRUE(
      head.contains("\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                    "client_no_context_takeover\r\n"));
}

TEST(WebSocketHandshake, chooses_no_protocol_that_is_not_asked_for_or_wanted_or_no_token) {
  HttpRequest request = handshake_request();
  EXPECT_EQ(check_websocket_handshake(request, {}, true)->subprotocol, "");
  request.headers.add("Sec-WebSocket-Protocol", "chat");
  EXPECT_EQ(check_websocket_handshake(request, {})->subprotocol, "");
  request.headers.set("Sec-WebSocket-Protocol", "a b\r\nX: y, chat");
  EXPECT_EQ(check_websocket_handshake(request, {}, true)->subprotocol, "");
}

TEST(WebSocketHandshake, is_not_asked_for_by_connection_alone) {
  HttpRequest request = handshake_request();
  EXPECT_TRUE(is_websocket_request(request));
  request.headers.remove("Upgrade");
  EXPECT_FALSE(is_websocket_request(request));
  request.headers.add("Upgrade", "h2c");
  EXPECT_FALSE(is_websocket_request(request));
}

TEST(WebSocketHandshake, refuses_other_methods) {
  HttpRequest request = handshake_request();
  request.method = "POST";
  const auto refused = check_websocket_handshake(request, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 405);
  EXPECT_EQ(refused.error().headers.get("Allow"), "GET");
}

TEST(WebSocketHandshake, names_its_version_to_others) {
  for (const char* version : {"8", "", "13, 8", "013"}) {
    HttpRequest request = handshake_request();
    request.headers.set("Sec-WebSocket-Version", version);
    const auto refused = check_websocket_handshake(request, {});
    ASSERT_FALSE(refused) << version;
    EXPECT_EQ(refused.error().status, 426);
    EXPECT_EQ(refused.error().headers.get("Sec-WebSocket-Version"), "13");
  }
}

TEST(WebSocketHandshake, refuses_keys_that_are_not16_bytes) {
  for (const char* key : {"", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25j",
                          "dGhlIHNhbXBsZSBub25jZTE=", "not base64 at all!!!!!==", "dGhlIHNhbXBsZSBub25jZR=="}) {
    HttpRequest request = handshake_request();
    request.headers.set("Sec-WebSocket-Key", key);
    const auto refused = check_websocket_handshake(request, {});
    ASSERT_FALSE(refused) << key;
    EXPECT_EQ(refused.error().status, 400);
  }
}

TEST(WebSocketHandshake, refuses_requests_without_upgrade) {
  HttpRequest request = handshake_request();
  request.headers.set("Connection", "keep-alive");
  EXPECT_EQ(check_websocket_handshake(request, {}).error().status, 400);
}

struct Negotiation {
  const char* offers;
  const char* answer;  ///< empty: no compression
  DeflateAgreement agreement = {};
};

constexpr DeflateOptions with_takeover{.server_no_context_takeover = false, .client_no_context_takeover = false};

constexpr DeflateAgreement agreed(bool server_no_takeover, bool client_no_takeover, int server_bits, int client_bits) {
  return {server_no_takeover, client_no_takeover, server_bits, client_bits};
}

constexpr Negotiation rows[] = {
    {"", ""},
    {"permessage-deflate", "permessage-deflate", agreed(false, false, 15, 15)},
    {"Permessage-Deflate", "permessage-deflate", agreed(false, false, 15, 15)},
    {"permessage-deflate; client_max_window_bits", "permessage-deflate", agreed(false, false, 15, 15)},
    {"permessage-deflate; client_max_window_bits=10", "permessage-deflate; client_max_window_bits=10",
     agreed(false, false, 15, 10)},
    {"permessage-deflate; client_max_window_bits=8", "permessage-deflate; client_max_window_bits=8",
     agreed(false, false, 15, 8)},
    {"permessage-deflate; server_max_window_bits=10", "permessage-deflate; server_max_window_bits=10",
     agreed(false, false, 10, 15)},
    {"permessage-deflate; server_max_window_bits=8", "permessage-deflate; server_max_window_bits=8",
     agreed(false, false, 8, 15)},
    {"permessage-deflate; server_max_window_bits=15", "permessage-deflate; server_max_window_bits=15",
     agreed(false, false, 15, 15)},
    {"permessage-deflate; server_max_window_bits=\"12\"", "permessage-deflate; server_max_window_bits=12",
     agreed(false, false, 12, 15)},
    {"permessage-deflate; server_max_window_bits=\"1\\2\"", "permessage-deflate; server_max_window_bits=12",
     agreed(false, false, 12, 15)},
    {"permessage-deflate; server_no_context_takeover", "permessage-deflate; server_no_context_takeover",
     agreed(true, false, 15, 15)},
    {"permessage-deflate;client_no_context_takeover;server_no_context_takeover",
     "permessage-deflate; server_no_context_takeover; client_no_context_takeover", agreed(true, true, 15, 15)},
    {"foo, permessage-deflate", "permessage-deflate", agreed(false, false, 15, 15)},
    {"foo; bar=\"a\"; baz , ,permessage-deflate", "permessage-deflate", agreed(false, false, 15, 15)},
    {"permessage-deflate; unknown, permessage-deflate; server_no_context_takeover",
     "permessage-deflate; server_no_context_takeover", agreed(true, false, 15, 15)},
    {"permessage-deflate; server_max_window_bits=16, permessage-deflate", "permessage-deflate",
     agreed(false, false, 15, 15)},
    {"permessage-deflate; server_max_window_bits=7", ""},
    {"permessage-deflate; server_max_window_bits=010", ""},
    {"permessage-deflate; server_max_window_bits", ""},
    {"permessage-deflate; server_max_window_bits=", ""},
    {"permessage-deflate; client_max_window_bits=16", ""},
    {"permessage-deflate; client_max_window_bits=x", ""},
    {"permessage-deflate; server_no_context_takeover=true", ""},
    {"permessage-deflate; client_no_context_takeover=1", ""},
    {"permessage-deflate; server_no_context_takeover; server_no_context_takeover", ""},
    {"permessage-deflate; server_max_window_bits=10; server_max_window_bits=10", ""},
    {"permessage-deflate; client_max_window_bits; client_max_window_bits=10", ""},
    {"permessage-deflate; server_max_window_bits=\"12", ""},
    {"permessage-deflate; server_max_window_bits=\"\"", ""},
    {"permessage-deflate; ", ""},
    {"permessage-deflate other", ""},
    {"x-webkit-deflate-frame", ""},
    {"=, permessage-deflate", ""},
};

TEST(DeflateNegotiation, chooses_the_first_acceptable_offer) {
  for (const auto& [offers, answer, agreement] : rows) {
    const auto result = negotiate_deflate(offers, with_takeover);
    EXPECT_EQ(result ? result->field : "", answer) << offers;
    if (result) {
      EXPECT_EQ(result->agreement, agreement) << offers;
    }
  }
}

TEST(DeflateNegotiation, names_its_own_terms) {
  const DeflateOptions small{.server_max_window_bits = 11, .client_max_window_bits = 10};
  EXPECT_EQ(negotiate_deflate("permessage-deflate; client_max_window_bits", small)->field,
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=11; "
            "client_max_window_bits=10");
}

TEST(DeflateNegotiation, does_not_limit_a_client_that_did_not_offer_it) {
  const auto result = negotiate_deflate("permessage-deflate", {.client_max_window_bits = 10});
  EXPECT_EQ(result->agreement.client_max_window_bits, 15);
  EXPECT_FALSE(result->field.contains("client_max_window_bits"));
}

TEST(DeflateNegotiation, can_be_switched_off) {
  EXPECT_FALSE(negotiate_deflate("permessage-deflate", {.is_enabled = false}));
}

}  // namespace
}  // namespace pulso::net
