#include "net/event_stream_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "net/shard.h"

namespace pulso::net {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

/// Keeps what its stream reports.
struct Reports {
  EventStream* stream = nullptr;
  int heartbeats = 0;
  int writes = 0;
  int closes = 0;
};

class Listener final : public EventStreamListener {
 public:
  explicit Listener(Reports& reports) : reports_(reports) {}
  void on_open(EventStream& stream) override {
    reports_.stream = &stream;
    stream.send_uncounted(EventFrame::make("retry: 1\n\n"));
  }
  void on_heartbeat() override { ++reports_.heartbeats; }
  void on_written() override { ++reports_.writes; }
  void on_close() override { ++reports_.closes; }

 private:
  Reports& reports_;
};

/// A stream on a shard that runs when the test says so, and its peer.
class EventStreamConnectionTest : public testing::Test {
 protected:
  EventStreamConnectionTest() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0);
    options_->outbox = {.bytes_max = 1000, .messages_max = 5};
    options_->heartbeat_interval = milliseconds{1000};
    options_->slow_consumers = &metrics_.counter("slow", "");
  }
  ~EventStreamConnectionTest() override {
    if (connection_) list_.rotate().abort();
    run();
    connection_.reset();
    hang_up();
    shard_.discard();
  }

  void open(ContentCoding coding = ContentCoding::identity) {
    Socket socket{shard_.context()};
    socket.assign(boost::asio::ip::tcp::v4(), ends_[0]);
    connection_ = std::make_shared<EventStreamConnection>(
        ConnectionPlace{shard_, list_, count_}, Stream{std::move(socket), nullptr}, ConnectionLimits::Ticket{},
        EventStreamBody{std::make_unique<Listener>(reports_), options_}, coding);
    connection_->start();
    run();
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
  /// What has come since the last call; `<end>` behind it when the stream has ended.
  std::string received() {
    std::string out;
    char buffer[65536];
    ssize_t got = 0;
    while ((got = ::recv(ends_[1], buffer, sizeof(buffer), 0)) > 0) out.append(buffer, static_cast<std::size_t>(got));
    if (got == 0) out += "<end>";
    return out;
  }
  void hang_up() {
    if (ends_[1] >= 0) ::close(std::exchange(ends_[1], -1));
  }
  void send(std::string_view text) { reports_.stream->send(EventFrame::make(text)); }

  ops::Metrics metrics_;
  ConnectionList list_;
  std::atomic<std::size_t> count_{0};
  Shard shard_{0};
  std::shared_ptr<EventStreamOptions> options_ = std::make_shared<EventStreamOptions>();
  SteadyTime now_ = std::chrono::steady_clock::now();
  Reports reports_;
  int ends_[2] = {};
  std::shared_ptr<EventStreamConnection> connection_;
};

TEST_F(EventStreamConnectionTest, sends_what_a_turn_brings_in_order) {
  open();
  EXPECT_EQ(received(), "retry: 1\n\n");
  send("data: 1\n\n");
  send("data: 2\n\n");
  EXPECT_EQ(received(), "");
  run();
  EXPECT_EQ(received(), "data: 1\n\ndata: 2\n\n");
  EXPECT_EQ(reports_.writes, 2);
}

TEST_F(EventStreamConnectionTest, ends_behind_what_is_queued) {
  open();
  send("data: last\n\n");
  reports_.stream->end();
  send("data: too late\n\n");
  run();
  EXPECT_EQ(received(), "retry: 1\n\ndata: last\n\n<end>");
  EXPECT_EQ(reports_.closes, 0);
  hang_up();
  run();
  EXPECT_EQ(reports_.closes, 1);
}

TEST_F(EventStreamConnectionTest, does_not_wait_for_ever_for_its_peer_to_end) {
  open();
  reports_.stream->end();
  advance(milliseconds{5'100});
  EXPECT_EQ(reports_.closes, 1);
}

TEST_F(EventStreamConnectionTest, ends_a_compressed_stream_with_its_checksum) {
  open(ContentCoding::gzip);
  reports_.stream->end();
  run();
  const std::string got = received();
  EXPECT_TRUE(got.starts_with("\x1f\x8b"));
  EXPECT_TRUE(got.ends_with("<end>"));
}

TEST_F(EventStreamConnectionTest, notices_that_its_peer_has_gone) {
  open();
  hang_up();
  run();
  EXPECT_EQ(reports_.closes, 1);
  connection_.reset();
  run();
  EXPECT_EQ(count_, 0U);
}

TEST_F(EventStreamConnectionTest, cuts_a_peer_that_does_not_read) {
  open();
  const std::string large = "data: " + std::string(900, 'x') + "\n\n";
  for (int i = 0; i < 2'000 && reports_.stream->is_open(); ++i) send(large);
  EXPECT_EQ(reports_.closes, 0) << "told from the loop, not below the sender";
  run();
  EXPECT_EQ(reports_.closes, 1);
  EXPECT_EQ(metrics_.counter("slow", "").value(), 1U);
}

TEST_F(EventStreamConnectionTest, does_not_count_what_is_replayed) {
  open();
  for (int i = 0; i < 100; ++i) reports_.stream->send_uncounted(EventFrame::make("data: old\n\n"));
  EXPECT_TRUE(reports_.stream->is_open());
  run();
  EXPECT_EQ(received().size(), 10 + 100 * 11);
}

TEST_F(EventStreamConnectionTest, asks_for_a_heartbeat_each_interval) {
  open();
  advance(milliseconds{1'010});
  EXPECT_EQ(reports_.heartbeats, 1);
  advance(milliseconds{1'010});
  EXPECT_EQ(reports_.heartbeats, 2);
  EXPECT_EQ(reports_.closes, 0);
}

TEST_F(EventStreamConnectionTest, sends_its_peer_away_for_a_while_when_the_server_drains) {
  open();
  static_cast<void>(received());
  connection_->drain();
  run();
  EXPECT_THAT(received(), MatchesRegex("retry: [0-9]+\n\n<end>"));
}

TEST_F(EventStreamConnectionTest, drops_what_its_peer_says_and_a_peer_that_says_much) {
  open();
  ASSERT_EQ(::send(ends_[1], "GET / HTTP/1.1\r\n", 16, 0), 16);
  run();
  EXPECT_EQ(reports_.closes, 0);
  const std::string much(32 * 1024, 'x');
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(::send(ends_[1], much.data(), much.size(), MSG_NOSIGNAL));
    run();
  }
  EXPECT_EQ(reports_.closes, 1);
}

}  // namespace
}  // namespace pulso::net
