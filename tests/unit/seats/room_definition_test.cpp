#include "features/seats/room_definition.h"

#include <gtest/gtest.h>

#include "features/seats/demo_rooms.h"

namespace pulso::seats {
namespace {

constexpr std::string_view hall = R"({"room_id":"x","title":"Sala","opens_at":"2024-01-15T10:00:00.000Z",
  "closes_at":"2024-01-15T12:00:00.000Z","access":{"users":["u1"],"roles":["staff"]},
  "seat_map":{"categories":{"standard":{"label":"Platea","price":8.5,"color":"#fff"}},
  "rows":[{"row":"A","seats":[{"seat_id":"A1","category":"standard"},null,{"seat_id":"A2","blocked":true}]}]}})";

auth::Principal user(std::string id, std::vector<std::string> roles = {}) {
  auth::Principal principal;
  principal.kind = auth::PrincipalKind::user;
  principal.user = UserId{std::move(id)};
  principal.roles = std::move(roles);
  return principal;
}

TEST(RoomDefinition, knows_its_seats) {
  const auto room = parse_room_definition(hall);
  ASSERT_TRUE(room);
  EXPECT_TRUE((*room)->check_seat(SeatId{"A1"}));
  EXPECT_EQ((*room)->check_seat(SeatId{"A2"}).error().code, SeatsErrc::seat_blocked);
  EXPECT_EQ((*room)->check_seat(SeatId{"Z9"}).error().code, SeatsErrc::unknown_seat);
  const auto without_map = parse_room_definition("{}");
  EXPECT_TRUE((*without_map)->check_seat(SeatId{"Z9"}));
}

TEST(RoomDefinition, knows_whom_it_admits_and_tells_nobody) {
  const auto room = parse_room_definition(hall);
  ASSERT_TRUE(room);
  EXPECT_TRUE((*room)->admits(user("u1")));
  EXPECT_TRUE((*room)->admits(user("u2", {"staff"})));
  EXPECT_FALSE((*room)->admits(user("u2", {"guest"})));
  EXPECT_FALSE((*room)->admits(auth::Principal{}));
  EXPECT_EQ((*room)->public_text.find("access"), std::string::npos);
  EXPECT_NE((*room)->text.find("access"), std::string::npos);
}

TEST(RoomDefinition, is_open_between_its_times) {
  const auto room = parse_room_definition(hall);
  EXPECT_FALSE((*room)->is_open(*parse_time("2024-01-15T09:59:59.999Z")));
  EXPECT_TRUE((*room)->is_open(*parse_time("2024-01-15T10:00:00.000Z")));
  EXPECT_FALSE((*room)->is_open(*parse_time("2024-01-15T12:00:00.000Z")));
}

TEST(RoomDefinition, names_the_field_that_is_wrong) {
  const auto field_of = [](std::string_view text) { return parse_room_definition(text).error().field; };
  EXPECT_EQ(parse_room_definition("{").error().code, SeatsErrc::bad_json);
  EXPECT_EQ(field_of("[]"), "body");
  EXPECT_EQ(field_of(R"({"title":5})"), "title");
  EXPECT_EQ(field_of(R"({"opens_at":"tomorrow"})"), "opens_at");
  EXPECT_EQ(field_of(R"({"opens_at":"2024-01-15T10:00:00Z","closes_at":"2024-01-15T10:00:00Z"})"), "closes_at");
  EXPECT_EQ(field_of(R"({"seat_map":[]})"), "seat_map");
  EXPECT_EQ(field_of(R"({"seat_map":{}})"), "seat_map.rows");
  EXPECT_EQ(field_of(R"({"seat_map":{"rows":[{"seats":[]}]}})"), "seat_map.rows.row");
  EXPECT_EQ(field_of(R"({"seat_map":{"rows":[{"row":"A","seats":[{"seat_id":"a b"}]}]}})"), "seat_map.seat_id");
  EXPECT_EQ(field_of(R"({"seat_map":{"rows":[{"row":"A","seats":[{"seat_id":"A1"},{"seat_id":"A1"}]}]}})"),
            "seat_map.seat_id");
  EXPECT_EQ(field_of(R"({"seat_map":{"rows":[{"row":"A","seats":[{"seat_id":"A1","category":"x"}]}]}})"),
            "seat_map.category");
  EXPECT_EQ(field_of(R"({"access":{"users":[1]}})"), "access.users");
}

TEST(DemoRooms, are_valid_and_the_first_has_300_seats) {
  const auto rooms = demo_rooms();
  ASSERT_EQ(rooms.size(), 3U);
  for (const DemoRoom& room : rooms) {
    const auto definition = parse_room_definition(room.definition);
    ASSERT_TRUE(definition) << room.room.value();
    for (const SeatId& seat : room.sold) EXPECT_TRUE((*definition)->check_seat(seat)) << seat.value();
  }
  EXPECT_EQ((*parse_room_definition(rooms[0].definition))->seats.size(), 300U);
}

}  // namespace
}  // namespace pulso::seats
