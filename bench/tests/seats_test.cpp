#include "load/seats.h"

#include <gtest/gtest.h>

namespace pulso::bench::seats {
namespace {

TEST(SeatsFields, are_found_by_their_whole_name_with_or_without_spaces) {
  constexpr std::string_view message =
      R"({"my_type":"no","type": "seat_selected","version":3,"offset" :17,"recovered":false})";
  EXPECT_EQ(string_field(message, "type"), "seat_selected");
  EXPECT_EQ(number_field(message, "offset"), 17U);
  EXPECT_EQ(bool_field(message, "recovered"), false);
}

TEST(SeatsFields, are_nothing_where_absent_or_of_another_type) {
  constexpr std::string_view message = R"({"type":"pong","offset":"17","name":"session"})";
  EXPECT_EQ(string_field(message, "session"), "");
  EXPECT_EQ(number_field(message, "offset"), std::nullopt);
  EXPECT_EQ(bool_field(message, "type"), std::nullopt);
}

TEST(SeatsFields, are_counted_at_any_depth) {
  EXPECT_EQ(count_fields(R"({"selections":[{"seat_id":"A"},{"seat_id":"B","user_info":{}}],"sold":["A"]})", "seat_id"),
            2U);
  EXPECT_EQ(count_fields(R"({"selections":[],"sold":[]})", "seat_id"), 0U);
}

}  // namespace
}  // namespace pulso::bench::seats
