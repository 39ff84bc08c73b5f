#include "features/events/stream_position.h"

#include <gtest/gtest.h>

namespace pulso::events {
namespace {

constexpr WallTime now{milliseconds{1'705'312'800'000}};

TEST(StreamPositionTest, is_read_from_the_welcome_that_was_made_of_it) {
  for (const std::uint64_t position : {0ULL, 1ULL, 35ULL, 36ULL, 100'000ULL, (1ULL << 62)}) {
    const std::string id = make_connection_id(now, position);
    EXPECT_TRUE(id.starts_with("conn_1705312800000_")) << id;
    EXPECT_EQ(position_of_welcome("welcome_" + id), position);
  }
}

TEST(StreamPositionTest, differs_by_more_than_its_position) {
  EXPECT_NE(make_connection_id(now, 7), make_connection_id(now, 7));
}

TEST(StreamPositionTest, is_not_in_ids_of_another_form) {
  for (const char* id : {"", "welcome_", "welcome_conn_", "welcome_conn_1", "welcome_conn_1_",
                         "welcome_conn_1_0123456789", "welcome_conn_1_0123456789-1", "welcome_conn_1_0123456789_",
                         "conn_1_01234567891", "welcome_conn_1_0123456789zzzzzzzzzzzzzzzz"}) {
    EXPECT_EQ(position_of_welcome(id), std::nullopt) << id;
  }
}

TEST(StreamPositionTest, reads_the_time_of_a_heartbeat) {
  EXPECT_EQ(ms_of_heartbeat("heartbeat_1705312800000"), 1'705'312'800'000);
  EXPECT_EQ(ms_of_heartbeat("heartbeat_0"), 0);
  for (const char* id : {"", "heartbeat", "heartbeat_", "heartbeat_-1", "heartbeat_1x",
                         "heartbeat_99999999999999999999", "heartbeats_1"}) {
    EXPECT_EQ(ms_of_heartbeat(id), std::nullopt) << id;
  }
}

}  // namespace
}  // namespace pulso::events
