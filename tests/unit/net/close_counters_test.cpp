#include "net/close_counters.h"

#include <gtest/gtest.h>

#include "net/websocket_connection.h"

namespace pulso::net {
namespace {

TEST(CloseCounters, tell_who_ended_a_connection) {
  ops::Metrics metrics;
  CloseCounters closed{metrics, "seats"};
  const auto count = [&](std::string_view reason) {
    return metrics
        .counter("pulso_connections_closed_total", "Connections that ended.", {{"system", "seats"}, {"reason", reason}})
        .value();
  };
  for (const std::uint16_t code : {1000, 1001, 1005, 3999}) closed.add(code);
  EXPECT_EQ(count("client"), 4);
  closed.add(close_code::abnormal);
  EXPECT_EQ(count("transport"), 1);
  closed.add(close_code::try_again_later);
  EXPECT_EQ(count("slow_consumer"), 1);
  for (const std::uint16_t code : {close_code::client_id_taken, close_code::replaced}) closed.add(code);
  EXPECT_EQ(count("replaced"), 2);
  for (const std::uint16_t code : {close_code::protocol_error, close_code::too_big}) closed.add(code);
  EXPECT_EQ(count("refused"), 2);
}

}  // namespace
}  // namespace pulso::net
