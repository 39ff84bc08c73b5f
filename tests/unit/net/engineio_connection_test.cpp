#include "unit/net/engineio_fixture.h"

namespace pulso::net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using EngineioConnectionTest = EngineioTest;

TEST_F(EngineioConnectionTest, has_an_id_that_finds_it) {
  EXPECT_EQ(session_->id().size(), 20U);
  EXPECT_EQ(service_.registry.size(), 1U);
  EXPECT_EQ(service_.registry.find(session_->id())->session.lock(), session_);
  EXPECT_FALSE(service_.registry.find("other"));
}

TEST_F(EngineioConnectionTest, answers_the_handshake_before_what_is_sent_on_open) {
  reports_.on_open = [](EngineioSession& session) {
    const FrameRef message = text("first");
    session.send({&message, 1});
  };
  EXPECT_THAT(session_->open(), testing::StartsWith(R"(0{"sid":")" + session_->id()));
  EXPECT_EQ(polled(), "4first");
}

TEST_F(EngineioConnectionTest, joins_what_waits_for_a_poll) {
  static_cast<void>(session_->open());
  EXPECT_FALSE(session_->is_writable());
  send({text("a"), encode_binary_frame("\x01\x02\x03\x04"), text("b")});
  EXPECT_EQ(polled(),
            "4a\x1e"
            "bAQIDBA==\x1e"
            "4b");
}

TEST_F(EngineioConnectionTest, answers_a_waiting_poll_once_a_turn) {
  static_cast<void>(session_->open());
  const Poll& waiting = poll();
  EXPECT_FALSE(waiting.answer);
  EXPECT_TRUE(session_->is_writable());
  const FrameRef message = text("a");
  session_->send({&message, 1}, {});
  session_->send({&message, 1}, {});
  EXPECT_FALSE(session_->is_writable());
  EXPECT_FALSE(waiting.answer);
  run();
  EXPECT_EQ(waiting.answer,
            "4a\x1e"
            "4a");
}

TEST_F(EngineioConnectionTest, cuts_long_queues_into_several_answers) {
  static_cast<void>(session_->open());
  const std::string long_text(60, 'x');
  send({text(long_text), text(long_text), text("end")});
  EXPECT_EQ(polled(), "4" + long_text);
  EXPECT_EQ(polled(), "4" + long_text + "\x1e" + "4end");
  EXPECT_EQ(session_->pending_bytes(), 0U);
  send({text(std::string(300, 'y'))});
  EXPECT_EQ(polled(), "4" + std::string(300, 'y'));
}

TEST_F(EngineioConnectionTest, reports_messages_in_order) {
  static_cast<void>(session_->open());
  EXPECT_FALSE(
      receive("4a\x1e"
              "bAQID\x1e"
              "6\x1e"
              "4b"));
  EXPECT_THAT(reports_.messages, ElementsAre("a", "bytes:\x01\x02\x03", "b"));
}

TEST_F(EngineioConnectionTest, leaves_the_loop_to_others_between_many_messages) {
  static_cast<void>(session_->open());
  std::size_t reported_before = 0;
  reports_.on_message = [&](std::string_view) {
    if (reports_.messages.size() == 1) shard_.post([&] { reported_before = reports_.messages.size(); });
  };
  std::string payload = "4";
  for (int i = 1; i < 5000; ++i)
    payload +=
        "\x1e"
        "4";
  EXPECT_FALSE(receive(payload));
  EXPECT_EQ(reports_.messages.size(), 5000U);
  EXPECT_EQ(reported_before, 1000U);
}

TEST_F(EngineioConnectionTest, ends_at_a_broken_payload_behind_what_was_whole) {
  static_cast<void>(session_->open());
  EXPECT_EQ(receive("4a\x1exyz"), EngineioError::bad_request);
  EXPECT_THAT(reports_.messages, ElementsAre("a"));
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::parse_error));
  EXPECT_EQ(service_.registry.size(), 0U);
  EXPECT_EQ(receive("4b"), EngineioError::unknown_session);
  EXPECT_EQ(polled(), "!1");
}

TEST_F(EngineioConnectionTest, ends_at_text_that_is_not_utf8) {
  static_cast<void>(session_->open());
  EXPECT_EQ(receive("4\xff"), EngineioError::bad_request);
  EXPECT_THAT(reports_.messages, IsEmpty());
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::parse_error));
}

TEST_F(EngineioConnectionTest, ends_when_the_client_says_so_and_answers_its_poll) {
  static_cast<void>(session_->open());
  const Poll& waiting = poll();
  EXPECT_FALSE(
      receive("4a\x1e"
              "1\x1e"
              "4b"));
  run();
  EXPECT_EQ(waiting.answer, "6");
  EXPECT_THAT(reports_.messages, ElementsAre("a"));
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::transport_close));
}

TEST_F(EngineioConnectionTest, ends_at_a_second_poll) {
  static_cast<void>(session_->open());
  const Poll& first = poll();
  EXPECT_EQ(polled(), "!3");
  EXPECT_EQ(first.answer, "1");
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::transport_error));
}

TEST_F(EngineioConnectionTest, ends_when_a_waiting_poll_is_given_up_and_only_then) {
  static_cast<void>(session_->open());
  const Poll& first = poll();
  send({text("a")});
  session_->on_poll_lost(&first);
  EXPECT_THAT(reports_.ends, IsEmpty());
  session_->on_poll_lost(&poll());
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::transport_error));
}

TEST_F(EngineioConnectionTest, pings_and_goes_on_when_pongs_come) {
  static_cast<void>(session_->open());
  for (int i = 0; i < 3; ++i) {
    const Poll& waiting = poll();
    advance(milliseconds{1000});
    EXPECT_EQ(waiting.answer, "2");
    EXPECT_FALSE(receive("3"));
  }
  EXPECT_THAT(reports_.ends, IsEmpty());
}

TEST_F(EngineioConnectionTest, ends_without_a_pong) {
  static_cast<void>(session_->open());
  advance(milliseconds{1000});
  EXPECT_EQ(polled(), "2");
  const Poll& waiting = poll();
  advance(milliseconds{500});
  EXPECT_EQ(waiting.answer, "1");
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::ping_timeout));
}

TEST_F(EngineioConnectionTest, lets_other_packets_delay_a_pong_once) {
  static_cast<void>(session_->open());
  advance(milliseconds{1400});  // the ping went out at 1000
  EXPECT_FALSE(receive("4a"));
  advance(milliseconds{400});
  EXPECT_FALSE(receive("4b"));
  EXPECT_THAT(reports_.ends, IsEmpty());
  advance(milliseconds{100});
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::ping_timeout));
}

TEST_F(EngineioConnectionTest, ends_at_a_ping_of_the_client) {
  static_cast<void>(session_->open());
  EXPECT_FALSE(receive("2"));
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::transport_error));
}

TEST_F(EngineioConnectionTest, closes_behind_what_is_queued) {
  static_cast<void>(session_->open());
  send({text("a")});
  session_->close();
  send({text("late")});
  EXPECT_FALSE(receive("4ignored"));
  EXPECT_THAT(reports_.ends, IsEmpty());
  EXPECT_EQ(polled(), "4a");
  run();
  EXPECT_THAT(reports_.ends, IsEmpty());
  EXPECT_EQ(polled(), "1");
  run();
  EXPECT_THAT(reports_.messages, IsEmpty());
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::forced_close));
}

TEST_F(EngineioConnectionTest, does_not_wait_for_ever_for_the_poll_that_takes_a_close) {
  static_cast<void>(session_->open());
  session_->close();
  advance(milliseconds{29'900});
  EXPECT_THAT(reports_.ends, IsEmpty());
  advance(milliseconds{100});
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::forced_close));
}

TEST_F(EngineioConnectionTest, ends_past_the_high_water_mark_from_the_loop) {
  static_cast<void>(session_->open());
  for (int i = 0; i < 5; ++i) send({text("x")});
  session_->send_uncounted({{text("replayed")}});
  EXPECT_THAT(reports_.ends, IsEmpty());
  const FrameRef message = text("too much");
  session_->send({&message, 1}, {});
  EXPECT_THAT(reports_.ends, IsEmpty());
  run();
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::slow_consumer));
}

TEST_F(EngineioConnectionTest, may_be_closed_by_its_listener) {
  static_cast<void>(session_->open());
  reports_.on_message = [this](std::string_view) { session_->close(); };
  EXPECT_FALSE(
      receive("4a\x1e"
              "4b"));
  EXPECT_THAT(reports_.messages, ElementsAre("a"));
  EXPECT_EQ(polled(), "1");
}

}  // namespace
}  // namespace pulso::net
