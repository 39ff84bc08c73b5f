#include "features/events/webhook.h"

#include <gtest/gtest.h>

namespace pulso::events {
namespace {

TEST(Webhook, pauses_double_up_to_a_bound_less_a_random_half) {
  const WebhookPolicy policy{.retry_base = milliseconds{100}, .retry_max = milliseconds{1'000}};
  EXPECT_EQ(webhook_pause(policy, 1, 0), milliseconds{100});
  EXPECT_EQ(webhook_pause(policy, 2, 0), milliseconds{200});
  EXPECT_EQ(webhook_pause(policy, 4, 0), milliseconds{800});
  EXPECT_EQ(webhook_pause(policy, 5, 0), milliseconds{1'000});
  EXPECT_EQ(webhook_pause(policy, 1'000'000, 0), milliseconds{1'000});
  EXPECT_EQ(webhook_pause(policy, 2, 1), milliseconds{100});
}

TEST(Webhook, leads_by_https_to_public_addresses) {
  const auto address = parse_webhook_url("https://shop.example:8443/hooks?x=1", false);
  ASSERT_TRUE(address);
  EXPECT_EQ(address->host, "shop.example");
  EXPECT_EQ(address->authority, "shop.example:8443");
  EXPECT_EQ(address->port, "8443");
  EXPECT_EQ(address->target, "/hooks?x=1");
  EXPECT_EQ(parse_webhook_url("https://shop.example", false)->target, "/");
  EXPECT_TRUE(parse_webhook_url("https://93.184.216.34/", false));
  for (const std::string_view url :
       {"http://shop.example", "https://", "shop.example", "https://a@shop.example", "https://127.0.0.1",
        "https://LOCALHOST", "https://[::1]/", "https://shop.example/#x"}) {
    EXPECT_FALSE(parse_webhook_url(url, false)) << url;
  }
  EXPECT_TRUE(parse_webhook_url("http://127.0.0.1:8080/x", true));
}

TEST(Webhook, knows_private_addresses) {
  for (const std::string_view address : {"127.0.0.1",   "10.0.0.1",        "172.16.0.1",        "172.31.255.255",
                                         "192.168.1.1", "169.254.169.254", "100.64.0.1",        "0.0.0.0",
                                         "198.18.0.1",  "224.0.0.1",       "255.255.255.255",   "::1",
                                         "::",          "fe80::1",         "fd12::1",           "fc00::1",
                                         "ff02::1",     "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe"}) {
    EXPECT_TRUE(is_private_address(address)) << address;
  }
  for (const std::string_view address : {"1.1.1.1", "172.32.0.1", "172.15.0.1", "100.128.0.1", "2606:4700::1111",
                                         "::ffff:1.1.1.1", "192.169.0.1", "64:ff9b::1.1.1.1"}) {
    EXPECT_FALSE(is_private_address(address)) << address;
  }
}

TEST(Webhook, signs_what_it_posts) {
  const std::string body =
      webhook_body(AccountId{"7"}, {.id = "a\"b", .type = "note", .qr = "", .data = R"({"x":1.5})"});
  EXPECT_EQ(body, R"({"id":"a\"b","type":"note","accountId":7,"data":{"x":1.5}})");
  // printf '1705312800.{}' | openssl dgst -sha256 -hmac secret
  EXPECT_EQ(webhook_signature("secret", "{}", WallTime{milliseconds{1'705'312'800'999}}),
            "t=1705312800,v1=d8c84c1687cb82e271e828b232f30b401fca95341658dba9b05c1956ef26b5cd");
}

}  // namespace
}  // namespace pulso::events
