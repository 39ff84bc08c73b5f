#include "features/events/events_bodies.h"

#include <gtest/gtest.h>

namespace pulso::events {
namespace {

TEST(PublishBodyTest, takes_one_event) {
  const auto body = parse_publish_body(R"({"accountId":7,"type":"price","data":{"qrId":"q1","a":1.50},"id":"p-1"})");
  ASSERT_TRUE(body);
  EXPECT_FALSE(body->is_batch);
  ASSERT_EQ(body->publications.size(), 1U);
  const Publication& publication = body->publications.front();
  EXPECT_EQ(publication.account.value(), "7");
  EXPECT_EQ(publication.draft.id, "p-1");
  EXPECT_EQ(publication.draft.type, "price");
  EXPECT_EQ(publication.draft.qr, "q1");
  EXPECT_EQ(publication.draft.data, R"({"qrId":"q1","a":1.5})");
}

TEST(PublishBodyTest, takes_what_may_be_left_out) {
  const auto body = parse_publish_body(R"([{"type":"a","data":null},{"type":"b","data":[1],"id":9,"accountId":"x"}])");
  ASSERT_TRUE(body);
  EXPECT_TRUE(body->is_batch);
  ASSERT_EQ(body->publications.size(), 2U);
  EXPECT_TRUE(body->publications[0].account.empty());
  EXPECT_TRUE(body->publications[0].draft.id.empty());
  EXPECT_EQ(body->publications[0].draft.data, "null");
  EXPECT_EQ(body->publications[1].account.value(), "x");
  EXPECT_EQ(body->publications[1].draft.id, "9");
}

struct BadCase {
  const char* name;
  const char* body;
  EventsErrc code;
  const char* field;
};

class BadPublishBodyTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadPublishBodyTest, is_refused_by_its_field) {
  const auto body = parse_publish_body(GetParam().body);
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().code, GetParam().code);
  EXPECT_EQ(body.error().field, GetParam().field);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadPublishBodyTest,
    testing::Values(
        BadCase{"NoJson", "{", EventsErrc::bad_json, ""}, BadCase{"Text", R"("a")", EventsErrc::bad_message, "body"},
        BadCase{"EmptyBatch", "[]", EventsErrc::bad_message, "body"},
        BadCase{"ArrayInBatch", "[[]]", EventsErrc::bad_message, "body"},
        BadCase{"NoType", R"({"data":1})", EventsErrc::bad_message, "type"},
        BadCase{"NumberAsType", R"({"type":1,"data":1})", EventsErrc::bad_message, "type"},
        BadCase{"EmptyType", R"({"type":"","data":1})", EventsErrc::bad_message, "type"},
        BadCase{"SpaceInType", R"({"type":"a b","data":1})", EventsErrc::bad_message, "type"},
        BadCase{"OwnType", R"({"type":"heartbeat","data":1})", EventsErrc::reserved_type, "type"},
        BadCase{"LikeTheLedgersType", R"({"type":"qr_payment_TXN","data":1})", EventsErrc::reserved_type, "type"},
        BadCase{"LedgersId", R"({"type":"note","id":"qr_payment_TXN_1","data":1})", EventsErrc::bad_message, "id"},
        BadCase{"LedgersType", R"({"type":"qr_payment","data":1})", EventsErrc::reserved_type, "type"},
        BadCase{"NoData", R"({"type":"a"})", EventsErrc::bad_message, "data"},
        BadCase{"ObjectAsId", R"({"type":"a","data":1,"id":{}})", EventsErrc::bad_message, "id"},
        BadCase{"LineInId", R"({"type":"a","data":1,"id":"a\nb"})", EventsErrc::bad_message, "id"},
        BadCase{"BlankBehindId", R"({"type":"a","data":1,"id":"a "})", EventsErrc::bad_message, "id"},
        BadCase{"ControlInId", R"({"type":"a","data":1,"id":"a\u001fb"})", EventsErrc::bad_message, "id"},
        BadCase{"NulInId", R"({"type":"a","data":1,"id":"a\u0000"})", EventsErrc::bad_message, "id"},
        BadCase{"PositionAsId", R"({"type":"a","data":1,"id":"welcome_x"})", EventsErrc::bad_message, "id"},
        BadCase{"ListAsAccount", R"({"type":"a","data":1,"accountId":[]})", EventsErrc::bad_message, "accountId"}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace pulso::events
