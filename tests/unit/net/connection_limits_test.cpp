#include "net/connection_limits.h"

#include <gtest/gtest.h>

namespace pulso::net {
namespace {

using Peer = ConnectionLimits::Peer;

const SteadyTime now = SteadyTime{} + std::chrono::hours{1};

TEST(ConnectionLimitsTest, admits_so_many_of_one_address_until_one_is_given_back) {
  ConnectionLimits limits{2, {}};
  auto first = limits.admit("a");
  const auto second = limits.admit("a");
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(limits.admit("a"));
  EXPECT_TRUE(limits.admit("b"));
  first.reset();
  EXPECT_TRUE(limits.admit("a"));
}

TEST(ConnectionLimitsTest, admits_any_number_of_a_proxys) {
  ConnectionLimits limits{1, {}};
  const auto first = limits.admit("proxy", Peer::proxy);
  const auto second = limits.admit("proxy", Peer::proxy);
  EXPECT_TRUE(first && second);
}

TEST(ConnectionLimitsTest, remembers_who_has_asked_when_its_connection_is_gone) {
  ConnectionLimits limits{0, {.per_second = 1, .burst = 2}};
  EXPECT_TRUE(limits.admit("a")->take_request(now));
  EXPECT_TRUE(limits.admit("a")->take_request(now));
  EXPECT_FALSE(limits.admit("a")->take_request(now));
  EXPECT_TRUE(limits.admit("b")->take_request(now));
}

TEST(ConnectionLimitsTest, forgets_who_has_been_idle_for_longest_and_nobody_else) {
  ConnectionLimits limits{0, {.per_second = 1, .burst = 1}};
  const auto held = limits.admit("held");
  EXPECT_TRUE(held->take_request(now));
  EXPECT_TRUE(limits.admit("old")->take_request(now));
  EXPECT_TRUE(limits.admit("older than it seems")->take_request(now));
  for (std::size_t i = 0; i < ConnectionLimits::idle_addresses_max - 1; ++i) {
    EXPECT_TRUE(limits.admit(std::to_string(i))->take_request(now));
    if (i == 0) EXPECT_FALSE(limits.admit("older than it seems")->take_request(now));
  }
  EXPECT_FALSE(limits.admit("older than it seems")->take_request(now));
  EXPECT_FALSE(limits.admit("held")->take_request(now));
  EXPECT_TRUE(limits.admit("old")->take_request(now));
}

TEST(ConnectionLimitsTest, lets_nothing_pass_without_a_place) {
  EXPECT_FALSE(ConnectionLimits::Ticket{}.take_request(now));
}

}  // namespace
}  // namespace pulso::net
