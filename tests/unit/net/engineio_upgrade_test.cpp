#include "net/engineio_drain.h"
#include "unit/net/engineio_fixture.h"

namespace pulso::net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using EngineioUpgradeTest = EngineioTest;

TEST_F(EngineioUpgradeTest, upgrades_without_losing_or_doubling_a_message) {
  static_cast<void>(session_->open());
  const Poll& waiting = poll();
  const auto peer = connect(candidate());
  send({text("polled")});
  EXPECT_EQ(waiting.answer, "4polled");
  peer->send("2probe");
  run();
  EXPECT_THAT(peer->frames(), ElementsAre("3probe"));
  EXPECT_EQ(polled(), "6");  // polls do not wait any more
  send({text("between"), encode_binary_frame("bytes")});
  EXPECT_EQ(session_->transport_name(), "polling");
  peer->send("5");
  run();
  send({text("behind")});
  EXPECT_THAT(peer->frames(), ElementsAre("4between", "bytes", "4behind"));
  EXPECT_EQ(polled(), "!3");
  EXPECT_EQ(receive("4x"), EngineioError::bad_request);
  peer->send("4hello");
  run();
  EXPECT_THAT(reports_.messages, ElementsAre("hello"));
  EXPECT_THAT(reports_.ends, IsEmpty());
}

TEST_F(EngineioUpgradeTest, ends_a_poll_that_waits_when_an_upgrade_is_probed) {
  static_cast<void>(session_->open());
  const Poll& waiting = poll();
  const auto peer = connect(candidate());
  EXPECT_FALSE(waiting.answer);
  peer->send("2probe");
  run();
  run();
  EXPECT_EQ(waiting.answer, "6");
}

TEST_F(EngineioUpgradeTest, stays_on_polling_when_an_upgrade_goes_wrong) {
  static_cast<void>(session_->open());
  for (const char* wrong : {"5", "2", "2prob", "4hello", "3probe", "x"}) {
    const auto peer = connect(candidate());
    peer->send(wrong);
    run();
    EXPECT_THAT(peer->frames(), ElementsAre("close 1000")) << wrong;
    EXPECT_EQ(session_->transport_name(), "polling");
  }
  const Poll& waiting = poll();
  EXPECT_FALSE(waiting.answer);
  send({text("still")});
  EXPECT_EQ(waiting.answer, "4still");
  EXPECT_THAT(reports_.messages, IsEmpty());
}

TEST_F(EngineioUpgradeTest, gives_up_an_upgrade_that_takes_too_long) {
  static_cast<void>(session_->open());
  const auto peer = connect(candidate());
  peer->send("2probe");
  advance(milliseconds{800});
  EXPECT_THAT(peer->frames(), ElementsAre("3probe", "close 1000"));
  const Poll& waiting = poll();
  EXPECT_FALSE(waiting.answer);
  EXPECT_THAT(reports_.ends, IsEmpty());
}

TEST_F(EngineioUpgradeTest, upgrades_one_websocket_at_a_time_and_once) {
  static_cast<void>(session_->open());
  const auto first = connect(candidate());
  EXPECT_THAT(connect(candidate())->frames(), ElementsAre("close 1000"));
  first->send("2probe");
  run();
  first->send("5");
  run();
  EXPECT_THAT(connect(candidate())->frames(), ElementsAre("close 1000"));
  send({text("a")});
  EXPECT_THAT(first->frames(), ElementsAre("3probe", "4a"));
}

TEST_F(EngineioUpgradeTest, pings_over_the_websocket_that_it_was_upgraded_to) {
  static_cast<void>(session_->open());
  const auto peer = upgraded();
  advance(milliseconds{1000});
  EXPECT_THAT(peer->frames(), ElementsAre("2"));
  peer->send("3");
  run();
  advance(milliseconds{1000});
  EXPECT_THAT(peer->frames(), ElementsAre("2"));
  advance(milliseconds{500});
  EXPECT_THAT(peer->frames(), ElementsAre("close 1000"));
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::ping_timeout));
}

TEST_F(EngineioUpgradeTest, ends_with_its_websocket) {
  static_cast<void>(session_->open());
  upgraded().reset();
  run();
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::transport_close));
  EXPECT_EQ(service_.registry.size(), 0U);
}

TEST_F(EngineioUpgradeTest, closes_its_websocket_at_what_is_no_packet) {
  static_cast<void>(session_->open());
  const auto peer = upgraded();
  peer->send("abc");
  run();
  EXPECT_THAT(peer->frames(), ElementsAre("close 1002"));
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::parse_error));
}

TEST_F(EngineioUpgradeTest, ends_a_websocket_past_the_high_water_mark) {
  static_cast<void>(session_->open());
  const auto peer = upgraded();
  const FrameRef more_than_a_socket_takes = text(std::string(32 << 20, 'x'));
  session_->send({&more_than_a_socket_takes, 1}, {});
  const std::vector<FrameRef> messages(6, text("x"));
  session_->send(messages, {});
  EXPECT_THAT(reports_.ends, IsEmpty());
  run();
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::slow_consumer));
}

TEST_F(EngineioUpgradeTest, ends_no_websocket_for_a_burst_that_its_peer_can_take) {
  static_cast<void>(session_->open());
  const auto peer = upgraded();
  const std::vector<FrameRef> messages(16, text("x"));
  session_->send(messages, {});
  run();
  EXPECT_THAT(reports_.ends, IsEmpty());
  EXPECT_THAT(peer->frames(), testing::SizeIs(16));
}

TEST_F(EngineioUpgradeTest, closes_with_its_last_words_over_the_websocket_that_is_about_to_take_over) {
  static_cast<void>(session_->open());
  const auto peer = connect(candidate());
  peer->send("2probe");
  run();
  send({text("last words")});
  session_->close();
  run();
  EXPECT_THAT(peer->frames(), ElementsAre("3probe"));
  peer->send("5");
  run();
  EXPECT_THAT(peer->frames(), ElementsAre("4last words", "close 1000"));
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::forced_close));
}

TEST_F(EngineioUpgradeTest, closes_over_the_websocket_when_the_last_poll_has_taken_the_last_words) {
  static_cast<void>(session_->open());
  const auto peer = connect(candidate());
  const Poll& last = poll();
  peer->send("2probe");
  send({text("last words")});
  session_->close();
  run();
  EXPECT_EQ(last.answer, "4last words");
  peer->send("5");
  run();
  EXPECT_THAT(peer->frames(), ElementsAre("3probe", "close 1000"));
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::forced_close));
}

TEST_F(EngineioUpgradeTest, closes_over_polling_when_the_websocket_was_not_probed) {
  static_cast<void>(session_->open());
  const auto peer = connect(candidate());
  send({text("last words")});
  session_->close();
  run();
  EXPECT_THAT(peer->frames(), ElementsAre("close 1000"));
  EXPECT_EQ(polled(), "4last words");
  EXPECT_EQ(polled(), "1");
  run();
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::forced_close));
}

TEST_F(EngineioUpgradeTest, opens_over_a_websocket) {
  Reports reports;
  reports.on_open = [](EngineioSession& session) {
    EXPECT_EQ(session.transport_name(), "websocket");
    const FrameRef message = text("first");
    session.send({&message, 1});
  };
  const auto peer = connect(std::make_unique<EngineioWebSocket>(service_, std::make_unique<Listener>(reports)));
  const auto frames = peer->frames();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_THAT(frames[0], testing::AllOf(testing::StartsWith("0{\"sid\":\""), testing::HasSubstr("\"upgrades\":[]")));
  EXPECT_EQ(frames[1], "4first");
  EXPECT_EQ(service_.registry.size(), 2U);
  peer->send("1");
  run();
  EXPECT_THAT(peer->frames(), ElementsAre("close 1000"));
  EXPECT_THAT(reports.ends, ElementsAre(EngineioCloseReason::transport_close));
  EXPECT_EQ(service_.registry.size(), 1U);
}

TEST_F(EngineioUpgradeTest, says_that_the_server_drains) {
  static_cast<void>(session_->open());
  const auto peer = upgraded();
  service_.is_draining = true;
  EngineioDrain drain{shard_, {session_}};
  drain.start();
  EXPECT_THAT(reports_.ends, IsEmpty());  // WebSockets are the HTTP server's to close
  list_.rotate().drain();
  run();
  EXPECT_THAT(peer->frames(), ElementsAre("close 1012"));
  peer->write(support::encode_client_frame("\x03\xf4", {.opcode = 8}));
  run();
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::shutting_down));
}

TEST(EngineioDrainTest, lets_polls_go_a_few_at_a_time) {
  Shard shard{0};
  SteadyTime now = std::chrono::steady_clock::now();
  EngineioService service{EngineioOptions{}};
  std::vector<Reports> reports(100);
  std::vector<std::weak_ptr<EngineioConnection>> sessions;
  for (Reports& of_one : reports) {
    const auto session = EngineioConnection::create(service, shard, std::make_unique<Listener>(of_one));
    static_cast<void>(session->open());
    sessions.push_back(session);
  }
  EngineioDrain drain{shard, sessions};
  drain.start();
  EXPECT_EQ(service.registry.size(), 94U);
  for (int i = 0; i < 20; ++i) shard.wheel().advance(now += TimingWheel::tick);
  EXPECT_EQ(service.registry.size(), 0U);
  for (const Reports& of_one : reports) EXPECT_THAT(of_one.ends, ElementsAre(EngineioCloseReason::shutting_down));
  shard.discard();  // what is still posted refers to the service
}

}  // namespace
}  // namespace pulso::net
