#include "net/http2_connection.h"

#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>

#include "net/shard.h"
#include "unit/net/http2_peer.h"

namespace pulso::net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t window_bytes = Http2Session::window_bytes;
constexpr std::size_t long_bytes = 8 * 1024 * 1024;

/// A replay: each time that what it sent has left, it goes on, until it has sent it all.
struct Replay {
  EventStream* stream = nullptr;
  std::string piece = "data: old\n\n";
  int left = 0;
};

class Replaying final : public EventStreamListener {
 public:
  explicit Replaying(Replay& replay) : replay_(replay) {}
  void on_open(EventStream& stream) override {
    replay_.stream = &stream;
    on_written();
  }
  void on_heartbeat() override {}
  void on_written() override {
    if (replay_.left > 0) replay_.stream->send_uncounted(EventFrame::make(replay_.piece));
    --replay_.left;
  }
  void on_close() override { replay_.stream = nullptr; }

 private:
  Replay& replay_;
};

/// A connection on a shard that runs when the test says so, by a clock that the test moves, and its peer.
class Http2ConnectionTest : public testing::Test {
 protected:
  using Handled = boost::asio::awaitable<HttpResponse>;

  Http2ConnectionTest() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0);
    options_.header_timeout = milliseconds{1'000};
    options_.body_timeout = milliseconds{2'000};
    options_.write_timeout = milliseconds{1'000};
    options_.keep_alive_timeout = milliseconds{5'000};
    gate_.expires_at(SteadyTime::max());
    Router router;
    router.add(Route{.method = "GET", .pattern = "/long", .handler = [this](HttpRequest&) -> Handled {
                       HttpResponse response;
                       response.body_view = long_body_;
                       co_return response;
                     }});
    router.add(Route{.method = "GET", .pattern = "/events", .handler = [this](HttpRequest&) -> Handled {
                       co_return HttpResponse::event_stream(
                           {std::make_unique<Replaying>(replay_), std::make_shared<EventStreamOptions>()});
                     }});
    router.add(Route{.method = "GET", .pattern = "/short", .handler = [](HttpRequest&) -> Handled {
                       co_return HttpResponse::text(200, "short");
                     }});
    router.add(Route{.method = "POST", .pattern = "/upload", .handler = [](HttpRequest& request) -> Handled {
                       co_return HttpResponse::text(200, std::to_string(request.body.size()));
                     }});
    router.add(Route{.method = "GET", .pattern = "/wait", .handler = [this](HttpRequest& request) -> Handled {
                       co_await gate_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
                       request.peer->on_peer_gone([this] { ++gone_; });
                       co_await gate_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
                       co_return HttpResponse::text(200, "waited");
                     }});
    service_ = std::make_unique<HttpService>(options_, std::move(router), 1, metrics_);
  }
  ~Http2ConnectionTest() override {
    open_gate();
    open_gate();
    if (!service_->connections[0].empty()) service_->connections[0].rotate().abort();
    run();
    ::close(ends_[1]);
    shard_.discard();
  }

  void start() {
    Socket socket{shard_.context()};
    socket.assign(boost::asio::ip::tcp::v4(), ends_[0]);
    std::make_shared<Http2Connection>(*service_, shard_, Stream{std::move(socket), nullptr},
                                      *service_->limits.admit("::1"))
        ->start();
    run();
  }
  void run() {
    shard_.context().restart();
    shard_.context().poll();
  }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(ends_[1], bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
      if (sent < 0 && errno != EAGAIN) return;
      run();
    }
  }
  /// One piece of what has come; false when there is none.
  bool read() {
    char buffer[65536];
    const ssize_t got = ::recv(ends_[1], buffer, sizeof(buffer), 0);
    if (got > 0) peer_.take({buffer, static_cast<std::size_t>(got)});
    is_ended_ = is_ended_ || got == 0;
    run();
    return got > 0;
  }
  void exchange(const std::string& bytes) {
    send(bytes);
    run();
    while (read()) continue;
  }
  /// Time, in which the peer reads nothing.
  void pass(milliseconds by) {
    for (; by > milliseconds{0}; by -= TimingWheel::tick) {
      now_ += TimingWheel::tick;
      shard_.wheel().advance(now_);
      run();
    }
  }
  void advance(milliseconds by) {
    pass(by);
    while (read()) continue;
  }
  void open_gate() {
    gate_.cancel();
    run();
  }
  void drain() {
    service_->connections[0].rotate().drain();
    exchange("");
  }
  /// With windows that are never in the way.
  static std::string wide_hello() {
    return Http2Peer::hello(Http2Peer::increment_max) + Http2Peer::open_window(0, Http2Peer::increment_max - 65'535);
  }
  /// As much of a body as may come unasked.
  static std::string window_of_data(Http2Peer::StreamId stream) {
    const std::string piece(16 * 1024, 'x');
    std::string bytes;
    for (std::size_t sent = 0; sent < window_bytes; sent += piece.size()) bytes += Http2Peer::data(stream, piece);
    return bytes;
  }
  std::string observed_requests() {
    const std::string text = metrics_.expose();
    const std::string name = "pulso_http_request_seconds_count ";
    const std::size_t at = text.find(name) + name.size();
    return text.substr(at, text.find('\n', at) - at);
  }

  HttpOptions options_;
  const std::string long_body_ = std::string(long_bytes, 'x');
  Replay replay_;
  int gone_ = 0;
  ops::Metrics metrics_;
  std::unique_ptr<HttpService> service_;
  Shard shard_{0};
  boost::asio::steady_timer gate_{shard_.context()};
  SteadyTime now_ = std::chrono::steady_clock::now();
  int ends_[2] = {};
  Http2Peer peer_;
  bool is_ended_ = false;
};

TEST_F(Http2ConnectionTest, answers_beside_each_other) {
  start();
  exchange(Http2Peer::hello() + peer_.get(1, "/short") + peer_.post(3, "/upload") + Http2Peer::data(3, "abc", true) +
           peer_.get(5, "/nothing"));
  EXPECT_EQ(peer_.answers[1].body, "short");
  EXPECT_EQ(peer_.answers[3].body, "3");
  EXPECT_THAT(peer_.answers[5].statuses, ElementsAre("404"));
  EXPECT_FALSE(is_ended_);
}

TEST_F(Http2ConnectionTest, lets_a_replay_go_on_beside_a_long_answer) {
  replay_.left = 10;
  start();
  send(wide_hello() + peer_.get(1, "/long") + peer_.get(3, "/events"));
  while (replay_.left > 0 && read()) continue;
  EXPECT_LE(replay_.left, 0);
  EXPECT_LT(peer_.answers[1].body.size(), long_bytes / 2);
  while (read()) continue;
  EXPECT_EQ(peer_.answers[1].body.size(), long_bytes);
  EXPECT_EQ(peer_.answers[3].body.size(), 10 * replay_.piece.size());
}

TEST_F(Http2ConnectionTest, bears_with_an_answer_that_waits_for_others) {
  replay_ = {.piece = "data: " + std::string(long_bytes, 'x') + "\n\n", .left = 1};
  start();
  send(wide_hello() + peer_.get(1, "/events"));
  run();
  send(peer_.get(3, "/long"));
  for (int i = 0; i < 20; ++i) {
    pass(milliseconds{100});
    EXPECT_TRUE(read());
  }
  EXPECT_THAT(peer_.answers[3].statuses, ElementsAre("200"));
  EXPECT_THAT(peer_.answers[3].body, IsEmpty());
  while (read()) continue;
  EXPECT_TRUE(peer_.answers[3].is_whole);
}

TEST_F(Http2ConnectionTest, resets_an_answer_that_its_peer_does_not_take) {
  start();
  exchange(Http2Peer::hello(1'000) + peer_.get(1, "/long") + peer_.get(3, "/short"));
  advance(milliseconds{900});
  EXPECT_FALSE(peer_.answers[1].reset);
  advance(milliseconds{200});
  EXPECT_EQ(peer_.answers[1].reset, NGHTTP2_CANCEL);
  exchange(peer_.get(5, "/short"));
  EXPECT_EQ(peer_.answers[5].body, "short");
}

TEST_F(Http2ConnectionTest, gives_up_a_peer_that_takes_nothing_at_all) {
  start();
  send(wide_hello() + peer_.get(1, "/long"));
  pass(milliseconds{1'100});
  while (read()) continue;
  EXPECT_TRUE(is_ended_);
  EXPECT_LT(peer_.answers[1].body.size(), long_bytes);
}

TEST_F(Http2ConnectionTest, gives_a_long_body_its_time_when_its_turn_comes) {
  start();
  exchange(Http2Peer::hello() + peer_.post(1, "/upload") + peer_.post(3, "/upload"));
  exchange(Http2Peer::agreement() + window_of_data(1) + window_of_data(3));
  EXPECT_EQ(peer_.answers[1].granted_bytes, window_bytes);
  EXPECT_EQ(peer_.answers[3].granted_bytes, 0U);
  advance(milliseconds{1'500});
  exchange(Http2Peer::data(1, "end", true));
  EXPECT_EQ(peer_.answers[1].body, std::to_string(window_bytes + 3));
  EXPECT_EQ(peer_.answers[3].granted_bytes, window_bytes);
  advance(milliseconds{1'500});
  EXPECT_THAT(peer_.answers[3].statuses, IsEmpty());
  exchange(Http2Peer::data(3, "end", true));
  EXPECT_EQ(peer_.answers[3].body, std::to_string(window_bytes + 3));
}

TEST_F(Http2ConnectionTest, gives_the_turn_of_a_long_body_that_was_refused_to_the_next) {
  start();
  exchange(Http2Peer::hello(0) + peer_.post(1, "/upload") + peer_.post(3, "/upload"));
  exchange(Http2Peer::agreement() + window_of_data(1) + window_of_data(3));
  advance(milliseconds{2'100});
  EXPECT_THAT(peer_.answers[1].statuses, ElementsAre("408"));
  EXPECT_FALSE(peer_.answers[1].is_whole) << "the stream is still there, since its answer does not leave";
  EXPECT_THAT(peer_.answers[3].statuses, IsEmpty());
  EXPECT_EQ(peer_.answers[3].granted_bytes, window_bytes);
  exchange(Http2Peer::data(3, "end", true) + Http2Peer::open_window(3, 100));
  EXPECT_EQ(peer_.answers[3].body, std::to_string(window_bytes + 3));
}

TEST_F(Http2ConnectionTest, bounds_the_time_of_the_body_whose_turn_has_come) {
  start();
  exchange(Http2Peer::hello() + peer_.post(1, "/upload") + peer_.post(3, "/upload"));
  exchange(Http2Peer::agreement() + window_of_data(1) + window_of_data(3));
  advance(milliseconds{2'100});
  EXPECT_THAT(peer_.answers[1].statuses, ElementsAre("408"));
  advance(milliseconds{2'100});
  EXPECT_THAT(peer_.answers[3].statuses, ElementsAre("408"));
}

TEST_F(Http2ConnectionTest, asks_for_a_body_that_waits_to_be_asked_for) {
  start();
  exchange(Http2Peer::hello() + peer_.post(1, "/upload", {{"expect", "100-Continue"}}));
  EXPECT_THAT(peer_.answers[1].statuses, ElementsAre("100"));
  exchange(Http2Peer::data(1, "abc", true));
  EXPECT_THAT(peer_.answers[1].statuses, ElementsAre("100", "200"));
}

TEST_F(Http2ConnectionTest, refuses_what_it_cannot_be_expected_to_do) {
  start();
  exchange(Http2Peer::hello() + peer_.post(1, "/upload", {{"expect", "a-miracle"}}));
  EXPECT_THAT(peer_.answers[1].statuses, ElementsAre("417"));
  EXPECT_THAT(peer_.answers[1].body, testing::HasSubstr("bad_expectation"));
  EXPECT_EQ(peer_.answers[1].reset, NGHTTP2_NO_ERROR);
  EXPECT_EQ(service_->bad_requests.value(), 1U);
}

TEST_F(Http2ConnectionTest, tells_a_handler_that_its_peer_has_gone) {
  start();
  exchange(Http2Peer::hello() + peer_.get(1, "/wait"));
  open_gate();
  exchange(Http2Peer::reset(1));
  EXPECT_EQ(gone_, 1);
}

TEST_F(Http2ConnectionTest, tells_a_handler_that_asks_after_its_peer_has_gone) {
  start();
  exchange(Http2Peer::hello() + peer_.get(1, "/wait"));
  exchange(Http2Peer::reset(1));
  EXPECT_EQ(gone_, 0);
  open_gate();
  EXPECT_EQ(gone_, 1);
}

TEST_F(Http2ConnectionTest, observes_a_request_when_its_answer_has_left) {
  start();
  exchange(Http2Peer::hello(1'000) + peer_.get(1, "/long"));
  EXPECT_EQ(observed_requests(), "0");
  exchange(Http2Peer::open_window(1, long_bytes) + Http2Peer::open_window(0, long_bytes));
  EXPECT_TRUE(peer_.answers[1].is_whole);
  EXPECT_EQ(observed_requests(), "1");
}

TEST_F(Http2ConnectionTest, ends_a_peer_that_does_not_say_who_it_is) {
  start();
  advance(milliseconds{900});
  EXPECT_FALSE(is_ended_);
  advance(milliseconds{200});
  EXPECT_TRUE(is_ended_);
  EXPECT_EQ(service_->timeouts.value(), 1U);
}

TEST_F(Http2ConnectionTest, ends_a_peer_that_stops_in_the_middle_of_a_head) {
  start();
  exchange(Http2Peer::hello());
  advance(milliseconds{3'000});
  exchange(Http2Peer::frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1));
  advance(milliseconds{900});
  EXPECT_FALSE(is_ended_);
  advance(milliseconds{200});
  EXPECT_TRUE(is_ended_);
}

TEST_F(Http2ConnectionTest, keeps_a_peer_that_asks_for_nothing_as_long_as_between_two_requests) {
  start();
  exchange(Http2Peer::hello() + peer_.get(1, "/short", {{"X-Upper", "1"}}));
  EXPECT_EQ(peer_.answers[1].reset, NGHTTP2_PROTOCOL_ERROR) << "a head that never becomes a request";
  advance(milliseconds{4'900});
  EXPECT_FALSE(is_ended_);
  advance(milliseconds{200});
  EXPECT_EQ(peer_.goaway, NGHTTP2_NO_ERROR);
  EXPECT_TRUE(is_ended_);
}

TEST_F(Http2ConnectionTest, finishes_what_is_under_way_at_a_drain) {
  start();
  exchange(Http2Peer::hello() + peer_.post(1, "/upload"));
  drain();
  EXPECT_EQ(peer_.goaway, NGHTTP2_NO_ERROR);
  EXPECT_FALSE(is_ended_);
  exchange(Http2Peer::data(1, "abc", true));
  EXPECT_EQ(peer_.answers[1].body, "3");
  EXPECT_TRUE(is_ended_);
}

TEST_F(Http2ConnectionTest, drains_when_it_comes_after_the_drain_began) {
  service_->is_draining = true;
  start();
  exchange(Http2Peer::hello());
  EXPECT_EQ(peer_.goaway, NGHTTP2_NO_ERROR);
  EXPECT_TRUE(is_ended_);
}

}  // namespace
}  // namespace pulso::net
