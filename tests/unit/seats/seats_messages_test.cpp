#include "features/seats/seats_messages.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "features/seats/user_info.h"

namespace pulso::seats {
namespace {

namespace json = boost::json;

const WallTime noon{milliseconds{1705320000000}};

Hold hold_of(const std::string& seat, const std::string& owner) {
  Hold hold;
  hold.seat = SeatId{seat};
  hold.owner = OwnerId{owner};
  hold.client_id = "ana";
  hold.display_name = "ana~2";
  hold.user_info = R"({"name":"Ana"})";
  hold.hold_id = "secret-hold";
  hold.selected_at = noon;
  hold.expires_at = noon + milliseconds{300'000};
  return hold;
}

TEST(ParseMessage, understands_every_kind) {
  EXPECT_EQ(parse_message(R"({"type":"ping"})")->kind, MessageKind::ping);
  EXPECT_EQ(parse_message(R"({"type":"join_room","room_id":"r1","extra":[1]})")->room, RoomId{"r1"});
  EXPECT_EQ(parse_message(R"({"type":"leave_room","room_id":"r1"})")->kind, MessageKind::leave_room);
  EXPECT_EQ(parse_message(R"({"type":"resume","room_id":"r1","offset":1705320000000})")->offset, 1705320000000U);
  EXPECT_EQ(parse_message(R"({"type":"auth","token":"t"})")->token, "t");
  const auto select = parse_message(R"({"type":"select_seat","room_id":"r","seat_id":"A1","user_info":{"name":"x"}})");
  ASSERT_TRUE(select);
  EXPECT_EQ(select->seat, SeatId{"A1"});
  EXPECT_EQ(select->user_info.at("name"), "x");
  EXPECT_TRUE(parse_message(R"({"type":"select_seat","room_id":"r","seat_id":"A1"})"));
  EXPECT_EQ(parse_message(R"({"type":"release_seat","room_id":"r","seat_id":"A1"})")->kind, MessageKind::release_seat);
  EXPECT_EQ(parse_message(R"({"type":"renew_seat","room_id":"r","seat_id":"A1"})")->kind, MessageKind::renew_seat);
}

struct BadCase {
  std::string text;
  SeatsErrc code;
  std::string field;
};

class BadMessages : public testing::TestWithParam<BadCase> {};

TEST_P(BadMessages, are_refused_by_name) {
  const auto message = parse_message(GetParam().text);
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().refusal.code, GetParam().code);
  EXPECT_EQ(message.error().refusal.field, GetParam().field);
}

INSTANTIATE_TEST_SUITE_P(
    Wire, BadMessages,
    testing::Values(
        BadCase{"", SeatsErrc::bad_json, ""}, BadCase{"{", SeatsErrc::bad_json, ""},
        BadCase{R"({"a":1} x)", SeatsErrc::bad_json, ""}, BadCase{"[[[[[[[[[[[[1]]]]]]]]]]]]", SeatsErrc::bad_json, ""},
        BadCase{"[]", SeatsErrc::bad_message, "type"}, BadCase{"7", SeatsErrc::bad_message, "type"},
        BadCase{"{}", SeatsErrc::bad_message, "type"}, BadCase{R"({"type":5})", SeatsErrc::bad_message, "type"},
        BadCase{R"({"type":"dance"})", SeatsErrc::unknown_type, "type"},
        BadCase{R"({"type":"join_room"})", SeatsErrc::bad_message, "room_id"},
        BadCase{R"({"type":"join_room","room_id":7})", SeatsErrc::bad_message, "room_id"},
        BadCase{R"({"type":"join_room","room_id":"a b"})", SeatsErrc::bad_message, "room_id"},
        BadCase{R"({"type":"join_room","room_id":""})", SeatsErrc::bad_message, "room_id"},
        BadCase{R"({"type":"resume","room_id":"r"})", SeatsErrc::bad_message, "offset"},
        BadCase{R"({"type":"resume","room_id":"r","offset":-1})", SeatsErrc::bad_message, "offset"},
        BadCase{R"({"type":"resume","room_id":"r","offset":1.5})", SeatsErrc::bad_message, "offset"},
        BadCase{R"({"type":"resume","room_id":"r","offset":1e300})", SeatsErrc::bad_message, "offset"},
        BadCase{R"({"type":"select_seat","room_id":"r"})", SeatsErrc::bad_message, "seat_id"},
        BadCase{R"({"type":"select_seat","room_id":"r","seat_id":["A1"]})", SeatsErrc::bad_message, "seat_id"},
        BadCase{R"({"type":"select_seat","room_id":"r","seat_id":"A1","user_info":"x"})", SeatsErrc::bad_message,
                "user_info"},
        BadCase{R"({"type":"auth"})", SeatsErrc::bad_message, "token"}));

TEST(ParseMessage, leaves_no_number_that_would_be_no_json_to_others) {
  const auto message = parse_message(R"({"type":"select_seat","room_id":"r","seat_id":"A1","user_info":{"n":1e400}})");
  ASSERT_TRUE(message);
  EXPECT_EQ(shared_user_info(message->user_info, UserInfoShared::all).error().code, SeatsErrc::bad_message);
}

TEST(ParseMessage, says_what_a_bad_message_was_about) {
  const auto message = parse_message(R"({"type":"dance","room_id":"r1","seat_id":"A1"})");
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().room, "r1");
  EXPECT_EQ(message.error().seat, "A1");
  EXPECT_EQ(parse_message(R"({"type":"dance","room_id":"<b>"})").error().room, "");
}

TEST(Encode, a_selection_shows_the_hold_id_to_its_owner_alone) {
  const RoomId room{"r1"};
  SeatChange change = change_of(EventKind::selected, hold_of("A1", "session:a"));
  change.offset = 12;
  const json::object others = json::parse(encode_change(room, change, View::others)).as_object();
  EXPECT_EQ(others.at("type"), "seat_selected");
  EXPECT_EQ(others.at("client_id"), "ana~2");
  EXPECT_EQ(others.at("user_info").at("name"), "Ana");
  EXPECT_EQ(others.at("timestamp"), "2024-01-15T12:00:00.000Z");
  EXPECT_EQ(others.at("expires_at"), "2024-01-15T12:05:00.000Z");
  EXPECT_EQ(others.at("offset"), 12);
  EXPECT_FALSE(others.contains("hold_id"));
  EXPECT_FALSE(others.contains("owner"));
  const json::object own = json::parse(encode_change(room, change, View::owner)).as_object();
  EXPECT_EQ(own.at("client_id"), "ana");
  EXPECT_EQ(own.at("hold_id"), "secret-hold");
}

TEST(Encode, a_release_says_why) {
  SeatChange change = change_of(EventKind::released, hold_of("A1", "session:a"));
  change.expires_at.reset();
  const auto text = [&] { return json::parse(encode_change(RoomId{"r"}, change, View::others)).as_object(); };
  EXPECT_FALSE(text().contains("reason"));
  change.reason = ReleaseReason::expired;
  EXPECT_EQ(text().at("reason"), "expired");
  change.reason = ReleaseReason::disconnected;
  EXPECT_EQ(text().at("reason"), "disconnected");
}

TEST(Encode, sold_seats_stand_in_both_lists) {
  RoomSnapshot snapshot{.offset = 5,
                        .holds = {hold_of("A1", "session:a"), hold_of("A2", "session:b")},
                        .sold = {{SeatId{"B1"}, "eva", "order", noon}}};
  const OwnerId viewer{"session:a"};
  const json::object state = json::parse(encode_current_selections(RoomId{"r"}, snapshot, &viewer)).as_object();
  EXPECT_EQ(state.at("version"), 5);
  EXPECT_EQ(state.at("sold"), json::array{"B1"});
  const json::array& selections = state.at("selections").as_array();
  ASSERT_EQ(selections.size(), 3U);
  EXPECT_EQ(selections[0].at("client_id"), "ana");
  EXPECT_EQ(selections[0].at("hold_id"), "secret-hold");
  EXPECT_EQ(selections[1].at("client_id"), "ana~2");
  EXPECT_FALSE(selections[1].as_object().contains("hold_id"));
  EXPECT_EQ(selections[2].at("seat_id"), "B1");
  EXPECT_FALSE(selections[2].as_object().contains("expires_at"));
  const json::object page = json::parse(encode_selections_page(RoomId{"r"}, snapshot, nullptr)).as_object();
  EXPECT_EQ(page.at("count"), 3);
}

TEST(Encode, answers_without_a_change) {
  EXPECT_EQ(json::parse(encode_pong(noon)).at("timestamp"), "2024-01-15T12:00:00.000Z");
  const json::object joined = json::parse(encode_room_joined(RoomId{"r"}, "ana", "s", 3, true)).as_object();
  EXPECT_EQ(joined.at("session"), "s");
  EXPECT_EQ(joined.at("recovered"), true);
  EXPECT_EQ(json::parse(encode_room_left(RoomId{"r"}, "ana")).at("type"), "room_left");
}

TEST(Encode, every_refusal_has_its_code_and_words) {
  for (int code = 1; code <= static_cast<int>(SeatsErrc::not_found); ++code) {
    const auto errc = static_cast<SeatsErrc>(code);
    const json::object error = json::parse(encode_error({errc, "f", noon, {}}, "r", "A1")).as_object();
    EXPECT_EQ(error.at("type"), "error");
    EXPECT_EQ(std::string_view{error.at("code").as_string()}, wire_code(errc));
    EXPECT_FALSE(error.at("message").as_string().empty());
    EXPECT_EQ(errc_of(wire_code(errc)), errc);
    EXPECT_GE(http_status(errc), 400);
  }
  const json::object taken = json::parse(encode_error({SeatsErrc::seat_taken, {}, noon, {}}, "r", "A1")).as_object();
  EXPECT_EQ(taken.at("room_id"), "r");
  EXPECT_EQ(taken.at("seat_id"), "A1");
  EXPECT_EQ(taken.at("expires_at"), "2024-01-15T12:00:00.000Z");
}

}  // namespace
}  // namespace pulso::seats
