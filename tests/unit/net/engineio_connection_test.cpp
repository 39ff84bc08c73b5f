#include "net/engineio_connection.h"

#include <functional>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>

#include "net/engineio_service.h"
#include "net/engineio_websocket.h"
#include "net/shard.h"
#include "net/websocket_encoder.h"
#include "support/websocket_frames.h"

namespace pulso::net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

FrameRef text(std::string_view data) {
  return encode_text_frame("4" + std::string{data});
}

/// Keeps what its session reports.
struct Reports {
  std::vector<std::string> messages;
  std::vector<EngineioCloseReason> ends;
  std::function<void(EngineioSession&)> on_open = [](EngineioSession&) {};
  std::function<void(std::string_view)> on_message = [](std::string_view) {};
};

class Listener final : public EngineioListener {
 public:
  explicit Listener(Reports& reports) : reports_(reports) {}
  void on_open(EngineioSession& session) override { reports_.on_open(session); }
  void on_message(std::string_view payload, bool is_text) override {
    reports_.messages.push_back((is_text ? "" : "bytes:") + std::string{payload});
    reports_.on_message(payload);
  }
  void on_close(EngineioCloseReason reason) override { reports_.ends.push_back(reason); }

 private:
  Reports& reports_;
};

/// The answers to the polls that a test has sent.
struct Poll {
  std::optional<std::string> answer;  ///< `!` and the number of an error
};

/// The client's end of a WebSocket of the session's.
class Peer {
 public:
  Peer(Shard& shard, ConnectionList& list, std::atomic<std::size_t>& count,
       std::unique_ptr<EngineioWebSocket> transport)
      : options_(std::make_shared<WebSocketOptions>()) {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0);
    options_->ping_interval = milliseconds{0};
    options_->outbox = {.bytes_max = 1000, .messages_max = 5};
    Socket socket{shard.context()};
    socket.assign(boost::asio::ip::tcp::v4(), ends_[0]);
    connection_ =
        std::make_shared<WebSocketConnection>(WebSocketPlace{shard, list, count}, Stream{std::move(socket), nullptr},
                                              ConnectionLimits::Ticket{}, options_, std::nullopt, std::move(transport));
    connection_->start({});
  }
  ~Peer() {
    connection_->abort();
    ::close(ends_[1]);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void send(std::string_view payload) { write(support::encode_client_frame(payload)); }
  void write(const std::string& bytes) {
    EXPECT_EQ(::send(ends_[1], bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  /// Short frames that have come: text as it is, a close as `close` and its code.
  std::vector<std::string> frames() {
    char buffer[65536];
    for (ssize_t got; (got = ::recv(ends_[1], buffer, sizeof(buffer), 0)) > 0;) {
      received_.append(buffer, static_cast<std::size_t>(got));
    }
    std::vector<std::string> out;
    while (received_.size() >= 2) {
      const auto length = static_cast<std::size_t>(received_[1]);
      std::string payload = received_.substr(2, length);
      if ((received_[0] & 0x0F) == 8) {
        payload = "close " +
                  std::to_string(static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]));
      }
      out.push_back(payload);
      received_.erase(0, 2 + length);
    }
    return out;
  }

 private:
  std::shared_ptr<WebSocketOptions> options_;
  std::shared_ptr<WebSocketConnection> connection_;
  int ends_[2] = {};
  std::string received_;
};

class EngineioConnectionTest : public testing::Test {
 protected:
  EngineioConnectionTest() {
    session_ = EngineioConnection::create(service_, shard_, std::make_unique<Listener>(reports_));
  }
  ~EngineioConnectionTest() override {
    session_.reset();
    run();
    shard_.discard();
  }

  static EngineioOptions options() {
    EngineioOptions options;
    options.ping_interval = milliseconds{1000};
    options.ping_timeout = milliseconds{500};
    options.upgrade_timeout = milliseconds{800};
    options.message_bytes_max = 100;
    options.outbox = {.bytes_max = 1000, .messages_max = 5};
    return options;
  }
  void run() {
    shard_.context().restart();
    shard_.context().poll();
  }
  void advance(milliseconds by) {
    for (; by > milliseconds{0}; by -= TimingWheel::tick) {
      now_ += TimingWheel::tick;
      shard_.wheel().advance(now_);
      run();
    }
  }
  Poll& poll() {
    Poll& poll = *polls_.emplace_back(std::make_unique<Poll>());
    boost::asio::co_spawn(
        shard_.context(), session_->poll(&poll), [&poll](const std::exception_ptr&, const EngineioPollAnswer& answer) {
          poll.answer = answer.error ? "!" + std::to_string(static_cast<int>(*answer.error)) : answer.payload;
        });
    run();
    return poll;
  }
  std::string polled() { return poll().answer.value_or("nothing"); }
  void send(std::initializer_list<FrameRef> messages) {
    session_->send(messages, {});
    run();
  }
  std::unique_ptr<EngineioWebSocket> candidate() {
    return std::make_unique<EngineioWebSocket>(service_, EngineioPlace{&shard_, session_});
  }
  std::unique_ptr<Peer> connect(std::unique_ptr<EngineioWebSocket> transport) {
    auto peer = std::make_unique<Peer>(shard_, list_, count_, std::move(transport));
    run();
    return peer;
  }
  std::unique_ptr<Peer> upgraded() {
    auto peer = connect(candidate());
    peer->send("2probe");
    run();
    peer->send("5");
    run();
    EXPECT_THAT(peer->frames(), ElementsAre("3probe"));
    EXPECT_EQ(session_->transport_name(), "websocket");
    return peer;
  }

  ConnectionList list_;
  std::atomic<std::size_t> count_{0};
  Shard shard_{0};
  EngineioService service_{options()};
  SteadyTime now_ = std::chrono::steady_clock::now();
  Reports reports_;
  std::vector<std::unique_ptr<Poll>> polls_;
  std::shared_ptr<EngineioConnection> session_;
};

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
      session_->receive("4a\x1e"
                        "bAQID\x1e"
                        "6\x1e"
                        "4b"));
  EXPECT_THAT(reports_.messages, ElementsAre("a", "bytes:\x01\x02\x03", "b"));
}

TEST_F(EngineioConnectionTest, ends_at_a_broken_payload_behind_what_was_whole) {
  static_cast<void>(session_->open());
  EXPECT_EQ(session_->receive("4a\x1exyz"), EngineioError::bad_request);
  EXPECT_THAT(reports_.messages, ElementsAre("a"));
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::parse_error));
  EXPECT_EQ(service_.registry.size(), 0U);
  EXPECT_EQ(session_->receive("4b"), EngineioError::unknown_session);
  EXPECT_EQ(polled(), "!1");
}

TEST_F(EngineioConnectionTest, ends_at_text_that_is_not_utf8) {
  static_cast<void>(session_->open());
  EXPECT_EQ(session_->receive("4\xff"), EngineioError::bad_request);
  EXPECT_THAT(reports_.messages, IsEmpty());
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::parse_error));
}

TEST_F(EngineioConnectionTest, ends_when_the_client_says_so_and_answers_its_poll) {
  static_cast<void>(session_->open());
  const Poll& waiting = poll();
  EXPECT_FALSE(
      session_->receive("4a\x1e"
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
    EXPECT_FALSE(session_->receive("3"));
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
  advance(milliseconds{900});  // a tick early is when the ping goes out
  advance(milliseconds{400});
  EXPECT_FALSE(session_->receive("4a"));
  advance(milliseconds{400});
  EXPECT_FALSE(session_->receive("4b"));
  EXPECT_THAT(reports_.ends, IsEmpty());
  advance(milliseconds{100});
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::ping_timeout));
}

TEST_F(EngineioConnectionTest, ends_at_a_ping_of_the_client) {
  static_cast<void>(session_->open());
  EXPECT_FALSE(session_->receive("2"));
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::transport_error));
}

TEST_F(EngineioConnectionTest, closes_behind_what_is_queued) {
  static_cast<void>(session_->open());
  send({text("a")});
  session_->close();
  send({text("late")});
  EXPECT_FALSE(session_->receive("4ignored"));
  EXPECT_THAT(reports_.ends, IsEmpty());
  EXPECT_EQ(polled(),
            "4a\x1e"
            "1");
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
      session_->receive("4a\x1e"
                        "4b"));
  EXPECT_THAT(reports_.messages, ElementsAre("a"));
  EXPECT_EQ(polled(), "1");
}

TEST_F(EngineioConnectionTest, upgrades_without_losing_or_doubling_a_message) {
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
  EXPECT_EQ(session_->receive("4x"), EngineioError::bad_request);
  peer->send("4hello");
  run();
  EXPECT_THAT(reports_.messages, ElementsAre("hello"));
  EXPECT_THAT(reports_.ends, IsEmpty());
}

TEST_F(EngineioConnectionTest, ends_a_poll_that_waits_when_an_upgrade_is_probed) {
  static_cast<void>(session_->open());
  const Poll& waiting = poll();
  const auto peer = connect(candidate());
  EXPECT_FALSE(waiting.answer);
  peer->send("2probe");
  run();
  run();
  EXPECT_EQ(waiting.answer, "6");
}

TEST_F(EngineioConnectionTest, stays_on_polling_when_an_upgrade_goes_wrong) {
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

TEST_F(EngineioConnectionTest, gives_up_an_upgrade_that_takes_too_long) {
  static_cast<void>(session_->open());
  const auto peer = connect(candidate());
  peer->send("2probe");
  advance(milliseconds{800});
  EXPECT_THAT(peer->frames(), ElementsAre("3probe", "close 1000"));
  const Poll& waiting = poll();
  EXPECT_FALSE(waiting.answer);
  EXPECT_THAT(reports_.ends, IsEmpty());
}

TEST_F(EngineioConnectionTest, upgrades_one_websocket_at_a_time_and_once) {
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

TEST_F(EngineioConnectionTest, pings_over_the_websocket_that_it_was_upgraded_to) {
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

TEST_F(EngineioConnectionTest, ends_with_its_websocket) {
  static_cast<void>(session_->open());
  upgraded().reset();
  run();
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::transport_close));
  EXPECT_EQ(service_.registry.size(), 0U);
}

TEST_F(EngineioConnectionTest, closes_its_websocket_at_what_is_no_packet) {
  static_cast<void>(session_->open());
  const auto peer = upgraded();
  peer->send("abc");
  run();
  EXPECT_THAT(peer->frames(), ElementsAre("close 1002"));
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::parse_error));
}

TEST_F(EngineioConnectionTest, ends_a_websocket_past_the_high_water_mark) {
  static_cast<void>(session_->open());
  const auto peer = upgraded();
  const std::vector<FrameRef> messages(6, text("x"));
  session_->send(messages, {});
  EXPECT_THAT(reports_.ends, IsEmpty());
  run();
  EXPECT_THAT(reports_.ends, ElementsAre(EngineioCloseReason::slow_consumer));
  EXPECT_THAT(peer->frames(), ElementsAre("close 1013"));
}

TEST_F(EngineioConnectionTest, opens_over_a_websocket) {
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

}  // namespace
}  // namespace pulso::net
