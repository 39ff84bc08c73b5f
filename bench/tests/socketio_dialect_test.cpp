#include <gtest/gtest.h>

#include "load/dialect.h"

namespace pulso::bench {
namespace {

TEST(SocketioDialect, joins_with_its_connect_where_there_is_no_room) {
  const auto dialect = make_socketio_dialect("", 3);
  EXPECT_EQ(dialect->greeting(0), "40");
  EXPECT_EQ(dialect->hear(R"(40{"sid":"a"})"), Heard::joined);
  EXPECT_EQ(dialect->publication(0), R"(42["message","xxx"])");
  EXPECT_TRUE(dialect->publisher_hears());
}

TEST(SocketioDialect, joins_a_room_once_it_is_connected) {
  const auto dialect = make_socketio_dialect("bench", 3);
  EXPECT_EQ(dialect->hear(R"(0{"sid":"a"})"), Heard::other);
  ASSERT_EQ(dialect->hear(R"(40{"sid":"a"})"), Heard::question);
  EXPECT_EQ(dialect->answers(R"(40{"sid":"a"})"), (std::vector<std::string>{R"(42["join","bench"])", R"(420["who"])"}));
  EXPECT_EQ(dialect->hear(R"(430[{"id":"a"}])"), Heard::joined);
  EXPECT_EQ(dialect->publication(0), R"(42["to-room","bench","message","xxx"])");
  EXPECT_FALSE(dialect->publisher_hears());
}

TEST(SocketioDialect, counts_deliveries_and_answers_pings) {
  const auto dialect = make_socketio_dialect("bench", 3);
  EXPECT_EQ(dialect->hear(R"(42["message","xxx","1-0"])"), Heard::delivery);
  EXPECT_EQ(dialect->hear(R"(42["other","xxx"])"), Heard::other);
  ASSERT_EQ(dialect->hear("2"), Heard::question);
  EXPECT_EQ(dialect->answers("2"), std::vector<std::string>{"3"});
  EXPECT_EQ(dialect->hear(R"(44{"message":"no"})"), Heard::refusal);
  EXPECT_EQ(dialect->hear("41"), Heard::refusal);
}

}  // namespace
}  // namespace pulso::bench
