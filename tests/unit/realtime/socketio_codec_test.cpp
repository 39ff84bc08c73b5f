#include "realtime/socketio_codec.h"

#include <gtest/gtest.h>

#include "net/socketio_packet.h"
#include "realtime/socketio_shared_state.h"

namespace pulso::realtime {
namespace {

TEST(SocketioCodec, takes_a_publication_to_another_instance) {
  SocketioEnvelope sent{.id = "one:7", .name_space = "/n", .asker = "one", .question_id = 9, .draft = {}};
  sent.draft.kind = PublicationKind::join;
  sent.draft.target = {.rooms = {"a", "\xC3\xA9"}, .except = {"b"}, .is_volatile = true, .is_state = true};
  sent.draft.closes_transport = true;
  sent.draft.rooms = {"c"};
  sent.draft.text = R"(42["e"])";
  sent.draft.attachments = {std::string{"\0\xFF", 2}, ""};
  sent.draft.ack_timeout = milliseconds{500};
  const auto got = decode_envelope(encode_envelope(sent));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->id, sent.id);
  EXPECT_EQ(got->name_space, sent.name_space);
  EXPECT_EQ(got->asker, sent.asker);
  EXPECT_EQ(got->question_id, sent.question_id);
  EXPECT_EQ(got->draft.kind, sent.draft.kind);
  EXPECT_EQ(got->draft.target.rooms, sent.draft.target.rooms);
  EXPECT_EQ(got->draft.target.except, sent.draft.target.except);
  EXPECT_TRUE(got->draft.target.is_volatile);
  EXPECT_TRUE(got->draft.target.is_state);
  EXPECT_TRUE(got->draft.closes_transport);
  EXPECT_EQ(got->draft.rooms, sent.draft.rooms);
  EXPECT_EQ(got->draft.text, sent.draft.text);
  EXPECT_EQ(got->draft.attachments, sent.draft.attachments);
  EXPECT_EQ(got->draft.ack_timeout, sent.draft.ack_timeout);
}

TEST(SocketioCodec, takes_answers_back) {
  const auto got =
      decode_reply(encode_reply({.question_id = 3, .answers = {{{1, "x"}, {}}, {{}, {"\1"}}}, .is_complete = false}));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->question_id, 3U);
  EXPECT_FALSE(got->is_complete);
  ASSERT_EQ(got->answers.size(), 2U);
  EXPECT_EQ(got->answers[0].values, (boost::json::array{1, "x"}));
  ASSERT_EQ(got->answers[1].attachments.size(), 1U);
  EXPECT_EQ(got->answers[1].attachments.front(), "\1");
}

TEST(SocketioCodec, takes_answers_as_deep_as_clients_may_give_them) {
  boost::json::value deep = 1;
  for (std::size_t i = 0; i < net::SocketioLimits{}.depth_max; ++i) deep = boost::json::array{deep};
  const auto got = decode_reply(encode_reply({.question_id = 1, .answers = {{deep.as_array(), {}}}}));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->answers.front().values, deep);
}

TEST(SocketioCodec, keeps_what_a_client_was_sent_alone) {
  SocketioOwnEvent sent{.number = 4, .behind = {17, 2}, .draft = {}};
  sent.draft.text = R"(42["e",1])";
  sent.draft.attachments = {"b"};
  const auto got = decode_own_event(encode_own_event(sent));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->number, 4U);
  EXPECT_EQ(got->behind, (LogPosition{17, 2}));
  EXPECT_EQ(got->draft.text, sent.draft.text);
  EXPECT_EQ(got->draft.attachments, sent.draft.attachments);
}

TEST(SocketioCodec, refuses_what_is_of_another_version) {
  const std::string whole = encode_envelope({.id = "1", .name_space = "/", .asker = {}, .draft = {}});
  for (const std::string_view text : {"", "{", "[]", "null", R"({"id":1})"}) {
    EXPECT_FALSE(decode_envelope(text)) << text;
    EXPECT_FALSE(decode_reply(text)) << text;
    EXPECT_FALSE(decode_own_event(text)) << text;
  }
  EXPECT_FALSE(decode_rooms("{}"));
  EXPECT_FALSE(decode_rooms("[1]"));
  std::string other = whole;
  other.replace(other.find("\"kind\":0"), 8, "\"kind\":9");
  EXPECT_FALSE(decode_envelope(other));
}

TEST(SocketioOffset, is_a_position_and_what_came_behind_it) {
  for (const std::string_view text : {"0-0", "1726000000000-12", "5-0.1", "0-7.18446744073709551615"}) {
    const auto offset = SocketioOffset::parse(text);
    ASSERT_TRUE(offset) << text;
    EXPECT_EQ(offset->text(), text);
  }
  for (const std::string_view text : {"", "-", "1-", "-1", "1", "1-1.", "1-1.x", "1-1.2 ", "1-1.-2", "1-1.2.3", ".1"}) {
    EXPECT_FALSE(SocketioOffset::parse(text)) << text;
  }
}

}  // namespace
}  // namespace pulso::realtime
