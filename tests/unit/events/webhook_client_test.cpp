#include "features/events/webhook_client.h"

#include <atomic>
#include <future>
#include <optional>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include "support/loop.h"

namespace pulso::events {
namespace {

namespace asio = boost::asio;

constexpr milliseconds soon{1};
constexpr milliseconds never{60LL * 60 * 1'000};

/// Name servers that know one address, and keep silent about some names until they are told to speak.
class WebhookLookupsTest : public testing::Test {
 protected:
  void TearDown() override { speak(); }
  void speak() {
    if (!std::exchange(speaks_, true)) silence_.set_value();
  }

  WebhookLookups::LookUp name_servers() {
    return [this](const std::string& host, const std::string&) -> Result<WebhookLookups::Endpoints> {
      ++asked_;
      if (host.starts_with("silent")) spoken_.wait();
      return WebhookLookups::Endpoints{{asio::ip::make_address("10.0.0.1"), 443}};
    };
  }
  asio::any_io_executor executor() {
    return loop_.run(
        []() -> asio::awaitable<asio::any_io_executor> { co_return co_await asio::this_coro::executor; }());
  }
  std::string error_of(const std::string& host, milliseconds timeout) {
    const auto found = loop_.run(lookups_->resolve(host, "443", timeout));
    return found ? "" : found.error().message;
  }

  std::promise<void> silence_;
  std::shared_future<void> spoken_ = silence_.get_future().share();
  bool speaks_ = false;
  std::atomic<int> asked_{0};
  support::Loop loop_;
  std::optional<WebhookLookups> lookups_{std::in_place, executor(), name_servers()};
};

TEST_F(WebhookLookupsTest, wait_for_a_silent_name_no_longer_than_they_may_and_find_others_meanwhile) {
  EXPECT_EQ(error_of("silent", soon), "the name was not resolved in time");
  EXPECT_EQ(error_of("shop", never), "");
}

TEST_F(WebhookLookupsTest, ask_once_at_a_time_for_a_name) {
  EXPECT_EQ(error_of("silent", soon), "the name was not resolved in time");
  EXPECT_EQ(error_of("silent", never), "the name was not resolved in time") << "it is known to hang";
  speak();
  lookups_.reset();  // when all that was asked has been answered
  EXPECT_EQ(asked_, 1);
}

TEST_F(WebhookLookupsTest, answer_all_who_ask_for_a_name) {
  auto first = loop_.start(lookups_->resolve("silent", "443", never));
  auto second = loop_.start(lookups_->resolve("silent", "443", never));
  EXPECT_EQ(error_of("shop", never), "");  // both have asked by then
  speak();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
  EXPECT_EQ(asked_, 2);
}

TEST_F(WebhookLookupsTest, refuse_one_more_than_they_have_threads_for) {
  for (std::size_t i = 0; i < WebhookLookups::lookups_max; ++i) {
    EXPECT_EQ(error_of("silent" + std::to_string(i), soon), "the name was not resolved in time");
  }
  EXPECT_EQ(error_of("shop", never), "too many names are being looked up");
}

TEST_F(WebhookLookupsTest, are_within_the_time_of_a_call) {
  WebhookClient client{executor(), {.timeout = soon}, name_servers()};
  const auto address = parse_webhook_url("https://silent.example/", false);
  ASSERT_TRUE(address);
  const auto posted = loop_.run(client.post({.address = *address}));
  ASSERT_FALSE(posted);
  EXPECT_EQ(posted.error().message, "the name was not resolved in time");
  speak();
}

TEST_F(WebhookLookupsTest, are_where_private_addresses_show) {
  WebhookClient client{executor(), {.timeout = never}, name_servers()};
  const auto address = parse_webhook_url("https://shop.example/", false);
  ASSERT_TRUE(address);
  const auto posted = loop_.run(client.post({.address = *address}));
  ASSERT_FALSE(posted);
  EXPECT_EQ(posted.error().message, "the address is a private one");
}

}  // namespace
}  // namespace pulso::events
