#include "wire/upgrade.h"

#include <string>

#include <gtest/gtest.h>

#include "wire/http_head.h"

namespace pulso::bench {
namespace {

TEST(Upgrade, answers_the_example_of_the_standard) {
  // RFC 6455 §1.3.
  const auto response = upgrade_response("GET /chat HTTP/1.1\r\nsec-websocket-key:  dGhlIHNhbXBsZSBub25jZQ== \r\n\r\n");
  ASSERT_TRUE(response);
  EXPECT_NE(response->find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), std::string::npos);
}

TEST(Upgrade, accepts_the_answer_to_its_own_request_only) {
  const auto response = upgrade_response(upgrade_request("127.0.0.1:1", "/ws/a"));
  ASSERT_TRUE(response);
  EXPECT_TRUE(is_upgraded(*response));
  EXPECT_EQ(head_size(*response + "\x81"), response->size());
  EXPECT_FALSE(is_upgraded("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: wrong\r\n\r\n"));
  EXPECT_FALSE(is_upgraded("HTTP/1.1 429 Too Many Requests\r\n\r\n"));
}

TEST(Upgrade, refuses_what_is_no_handshake) {
  EXPECT_FALSE(upgrade_response("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
}

}  // namespace
}  // namespace pulso::bench
