#include "net/http2_session.h"

#include <algorithm>
#include <functional>
#include <ostream>

#include <gmock/gmock.h>

#include "unit/net/http2_peer.h"

namespace pulso::net {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;
using HeadStatus = Http2Session::HeadStatus;
using Next = Http2Session::Chunk::Next;
using Urgency = Http2Session::Urgency;
using StreamId = Http2Session::StreamId;

constexpr std::size_t header_bytes_max = 4096;
constexpr std::size_t window_bytes = Http2Session::window_bytes;
constexpr auto burst = static_cast<int>(Http2Session::resets.burst);

/// What a session told of one stream.
struct Request {
  HttpRequest request;
  HeadStatus status = HeadStatus::good;
  bool has_body = false;
  std::string body;
  bool is_whole = false;
  bool is_closed = false;
};

/// What is there of an answer's body, and what comes behind it.
struct Body {
  std::string left;
  Next then = Next::end;
};

/// A session and its peer, by a clock that the test moves.
class Http2SessionTest : public testing::Test, protected Http2Session::Listener {
 protected:
  void on_request(StreamId stream, HttpRequest request, HeadStatus status, bool has_body) override {
    const bool is_new = requests_.try_emplace(stream, std::move(request), status, has_body).second;
    EXPECT_TRUE(is_new) << stream;
    if (answers_at_once_) session_.respond(stream, 204, {}, false);
  }
  void on_body(StreamId stream, std::string_view bytes) override { requests_.at(stream).body += bytes; }
  void on_body_end(StreamId stream) override { requests_.at(stream).is_whole = true; }
  Http2Session::Chunk on_read(StreamId stream, std::span<char> out) override {
    Body& body = bodies_.at(stream);
    const std::size_t bytes = std::min(out.size(), body.left.size());
    std::ranges::copy(std::string_view{body.left}.substr(0, bytes), out.data());
    body.left.erase(0, bytes);
    return {.bytes = bytes, .next = body.left.empty() ? body.then : Next::more};
  }
  void on_closed(StreamId stream) override { requests_.at(stream).is_closed = true; }

  void feed(std::string_view bytes) { ASSERT_TRUE(session_.feed(bytes, now_)); }
  /// Everything that the session has to say.
  void take() {
    for (std::string_view part = session_.output(); !part.empty(); part = session_.output()) peer_.take(part);
  }
  void exchange(std::string_view bytes) {
    ASSERT_NO_FATAL_FAILURE(feed(bytes));
    take();
  }
  void respond(StreamId stream, Body body, Urgency urgency = Urgency::usual) {
    bodies_[stream] = std::move(body);
    session_.respond(stream, 200, {}, true, urgency);
  }

  SteadyTime now_{std::chrono::hours{1}};
  Http2Session session_{header_bytes_max, *this};
  Http2Peer peer_;
  std::map<StreamId, Request> requests_;
  std::map<StreamId, Body> bodies_;
  bool answers_at_once_ = false;
};

TEST_F(Http2SessionTest, makes_requests_of_fields) {
  const Http2Peer::Fields more{{"x-a", "1"}, {"cookie", "a=1"}, {"x-a", "2"}, {"cookie", "b=2"}, {"cookie", "c=3"}};
  exchange(Http2Peer::hello() + peer_.get(1, "/room/a%20b?wait=25", more) + peer_.post(3, "/upload"));
  const Request& first = requests_.at(1);
  EXPECT_EQ(first.status, HeadStatus::good);
  EXPECT_FALSE(first.has_body);
  EXPECT_EQ(first.request.version, 20U);
  EXPECT_EQ(first.request.method, "GET");
  EXPECT_EQ(first.request.path, "/room/a b");
  EXPECT_EQ(first.request.query_value("wait"), "25");
  EXPECT_THAT(
      std::vector(first.request.headers.begin(), first.request.headers.end()),
      ElementsAre(Pair("host", "shop.example"), Pair("x-a", "1"), Pair("x-a", "2"), Pair("cookie", "a=1; b=2; c=3")));
  EXPECT_EQ(requests_.at(3).request.method, "POST");
  EXPECT_TRUE(requests_.at(3).has_body);
}

TEST_F(Http2SessionTest, reads_fields_however_they_are_cut) {
  const std::string block = Http2Peer{}.encode(Http2Peer::request("GET", "/cut"));
  const std::string bytes = Http2Peer::hello() +
                            Http2Peer::frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, block.substr(0, 5)) +
                            Http2Peer::frame(NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1, block.substr(5));
  // Not by single bytes: nghttp2 takes the ninth piece of a CONTINUATION's head for the ninth CONTINUATION.
  for (std::size_t step = 2; step <= bytes.size(); ++step) {
    Http2Session session{header_bytes_max, *this};
    requests_.clear();
    for (std::size_t at = 0; at < bytes.size(); at += step) ASSERT_TRUE(session.feed(bytes.substr(at, step), now_));
    ASSERT_TRUE(requests_.contains(1)) << step;
    EXPECT_EQ(requests_.at(1).request.path, "/cut");
  }
}

TEST_F(Http2SessionTest, takes_the_authority_before_a_host) {
  const Http2Peer::Fields without{{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {"host", "b.example"}};
  exchange(Http2Peer::hello() + peer_.get(1, "/", {{"host", "b.example"}}) + peer_.headers(3, without));
  EXPECT_EQ(requests_.at(1).request.headers.get("Host"), "shop.example");
  EXPECT_EQ(requests_.at(3).request.headers.get("Host"), "b.example");
}

TEST_F(Http2SessionTest, says_what_is_wrong_with_a_head) {
  const Http2Peer::Fields nowhere{{":method", "CONNECT"}, {":authority", "shop.example:443"}};
  const Http2Peer::Fields large{{"x-large", std::string(header_bytes_max, 'a')}, {"x-behind", "1"}};
  exchange(Http2Peer::hello() + peer_.headers(1, nowhere) + peer_.get(3, "/%zz") + peer_.get(5, "/", large));
  EXPECT_EQ(requests_.at(1).status, HeadStatus::bad_target);
  EXPECT_EQ(requests_.at(3).status, HeadStatus::bad_target);
  EXPECT_EQ(requests_.at(5).status, HeadStatus::too_large);
  EXPECT_FALSE(requests_.at(5).request.headers.contains("x-behind"));
}

TEST_F(Http2SessionTest, resets_a_head_far_past_the_bound_and_goes_on) {
  exchange(Http2Peer::hello() + peer_.get(1, "/", {{"x-large", std::string(5 * header_bytes_max, 'a')}}));
  EXPECT_EQ(peer_.answers.at(1).reset, NGHTTP2_INTERNAL_ERROR);
  exchange(peer_.get(3));
  EXPECT_THAT(requests_, ElementsAre(Pair(3, testing::_)));
}

TEST_F(Http2SessionTest, resets_malformed_heads_that_nobody_is_told_of) {
  const Http2Peer::Fields without{{":method", "GET"}, {":scheme", "https"}, {":path", "/"}};
  Http2Peer::Fields for_nobody = without;
  for_nobody.emplace_back(":authority", "");
  exchange(Http2Peer::hello() + peer_.get(1, "/", {{"X-Upper", "1"}}) + peer_.get(3, "relative") +
           peer_.headers(5, without) + peer_.headers(7, for_nobody) + peer_.get(9, "/", {{"connection", "close"}}));
  for (const StreamId stream : {1, 3, 5, 7, 9}) EXPECT_EQ(peer_.answers[stream].reset, NGHTTP2_PROTOCOL_ERROR);
  EXPECT_TRUE(requests_.empty());
}

TEST_F(Http2SessionTest, resets_a_head_with_a_field_that_none_may_have_rather_than_leave_it_out) {
  exchange(Http2Peer::hello() + peer_.get(1, "/", {{"last-event-id", "blank behind "}}) +
           peer_.get(3, "/", {{"last-event-id", std::string("control\x01")}}) + peer_.get(5, "/", {{"x a", "1"}}) +
           peer_.get(7, "/"));
  for (const Http2Peer::StreamId stream : {1, 3, 5}) {
    EXPECT_FALSE(requests_.contains(stream)) << stream;
    EXPECT_TRUE(peer_.answers[stream].reset) << stream;
  }
  EXPECT_TRUE(requests_.contains(7));
}

TEST_F(Http2SessionTest, hands_bodies_on_and_ignores_what_trails_them) {
  exchange(Http2Peer::hello() + peer_.post(1) + peer_.post(3) + Http2Peer::data(1, "abc") + Http2Peer::data(3, "x"));
  EXPECT_EQ(requests_.at(1).body, "abc");
  EXPECT_FALSE(requests_.at(1).is_whole);
  exchange(Http2Peer::data(1, "def", true) + peer_.headers(3, {{"x-trailer", "1"}}));
  EXPECT_EQ(requests_.at(1).body, "abcdef");
  EXPECT_TRUE(requests_.at(1).is_whole);
  EXPECT_EQ(requests_.at(3).body, "x");
  EXPECT_TRUE(requests_.at(3).is_whole);
  EXPECT_FALSE(requests_.at(3).request.headers.contains("x-trailer"));
}

TEST_F(Http2SessionTest, answers_without_fields_of_connections_and_with_harmless_values) {
  exchange(Http2Peer::hello() + peer_.get(1));
  session_.respond(1, 404,
                   {{"Connection", "close"},
                    {"Transfer-Encoding", "chunked"},
                    {"Keep-Alive", "timeout=5"},
                    {"Upgrade", "websocket"},
                    {"X-Split", " a\r\nset-cookie: b=1\r\n"}},
                   false);
  take();
  const Http2Answer& answer = peer_.answers.at(1);
  EXPECT_THAT(answer.statuses, ElementsAre("404"));
  EXPECT_THAT(answer.fields, UnorderedElementsAre(Pair("x-split", "a  set-cookie: b=1")));
  EXPECT_TRUE(answer.is_whole);
  EXPECT_TRUE(requests_.at(1).is_closed);
}

TEST_F(Http2SessionTest, sends_a_body_as_it_is_made) {
  exchange(Http2Peer::hello() + peer_.get(1));
  respond(1, {"first", Next::later});
  take();
  EXPECT_EQ(peer_.answers.at(1).body, "first");
  EXPECT_FALSE(peer_.answers.at(1).is_whole);
  bodies_[1] = {" last", Next::end};
  take();
  EXPECT_EQ(peer_.answers.at(1).body, "first") << "nobody has said that there is more";
  session_.resume(1);
  take();
  EXPECT_EQ(peer_.answers.at(1).body, "first last");
  EXPECT_TRUE(peer_.answers.at(1).is_whole);
  EXPECT_TRUE(requests_.at(1).is_closed);
}

TEST_F(Http2SessionTest, resets_a_body_that_cannot_be_whole) {
  exchange(Http2Peer::hello() + peer_.get(1));
  respond(1, {"half", Next::failed});
  take();
  EXPECT_FALSE(peer_.answers.at(1).is_whole);
  EXPECT_EQ(peer_.answers.at(1).reset, NGHTTP2_INTERNAL_ERROR);
  EXPECT_TRUE(requests_.at(1).is_closed);
  EXPECT_FALSE(peer_.goaway);
}

TEST_F(Http2SessionTest, asks_for_a_body_before_the_answer) {
  exchange(Http2Peer::hello() + peer_.post(1));
  session_.ask_for_body(1);
  take();
  EXPECT_THAT(peer_.answers.at(1).statuses, ElementsAre("100"));
  exchange(Http2Peer::data(1, "abc", true));
  respond(1, {"thanks"});
  take();
  EXPECT_THAT(peer_.answers.at(1).statuses, ElementsAre("100", "200"));
  EXPECT_EQ(peer_.answers.at(1).body, "thanks");
}

TEST_F(Http2SessionTest, refuses_streams_past_the_bound) {
  std::string bytes = Http2Peer::hello();
  const auto refused = static_cast<StreamId>(2 * Http2Session::streams_max + 1);
  for (StreamId stream = 1; stream <= refused; stream += 2) bytes += peer_.get(stream);
  exchange(bytes);
  EXPECT_EQ(peer_.settings.at(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS), Http2Session::streams_max);
  EXPECT_EQ(requests_.size(), Http2Session::streams_max);
  EXPECT_FALSE(requests_.contains(refused));
  EXPECT_EQ(peer_.answers.at(refused).reset, NGHTTP2_REFUSED_STREAM);
  EXPECT_FALSE(peer_.goaway);
  session_.respond(1, 204, {}, false);
  take();
  exchange(peer_.get(refused + 2));
  EXPECT_TRUE(requests_.contains(refused + 2));
}

TEST_F(Http2SessionTest, takes_no_more_of_a_body_than_the_window_until_it_is_consumed) {
  const std::string piece(16 * 1024, 'x');
  exchange(Http2Peer::hello() + Http2Peer::agreement() + peer_.post(1) + peer_.post(3));
  const std::size_t granted = peer_.granted_bytes;
  for (std::size_t sent = 0; sent < window_bytes; sent += piece.size()) exchange(Http2Peer::data(1, piece));
  for (std::size_t sent = 0; sent < window_bytes; sent += piece.size()) exchange(Http2Peer::data(3, piece));
  EXPECT_EQ(peer_.answers[1].granted_bytes, 0U);
  EXPECT_GE(peer_.granted_bytes, granted + window_bytes) << "no stream holds up the others";
  session_.consume(1, window_bytes);
  take();
  EXPECT_EQ(peer_.answers[1].granted_bytes, window_bytes);
  exchange(Http2Peer::data(1, piece));
  EXPECT_EQ(requests_.at(1).body.size(), window_bytes + piece.size());
  exchange(Http2Peer::data(3, piece) + Http2Peer::data(3, piece) + Http2Peer::data(3, piece));
  EXPECT_EQ(peer_.answers[3].reset, NGHTTP2_FLOW_CONTROL_ERROR);
  EXPECT_LE(requests_.at(3).body.size(), window_bytes + piece.size());
}

TEST_F(Http2SessionTest, sends_no_more_of_a_body_than_the_peer_takes) {
  exchange(Http2Peer::hello(10) + peer_.get(1));
  respond(1, {"0123456789abcdef"});
  EXPECT_TRUE(session_.may_send(1));
  take();
  EXPECT_EQ(peer_.answers.at(1).body, "0123456789");
  EXPECT_FALSE(session_.may_send(1));
  feed(Http2Peer::open_window(1, 100));
  EXPECT_TRUE(session_.may_send(1));
  take();
  EXPECT_EQ(peer_.answers.at(1).body, "0123456789abcdef");
}

TEST_F(Http2SessionTest, knows_of_a_connection_that_takes_nothing) {
  exchange(Http2Peer::hello(200'000) + peer_.get(1) + peer_.get(3));
  respond(1, {std::string(100'000, 'a')});
  respond(3, {std::string(100'000, 'b')});
  take();
  EXPECT_FALSE(session_.may_send(1));
  EXPECT_FALSE(session_.may_send(3));
  feed(Http2Peer::open_window(0, 1));
  EXPECT_TRUE(session_.may_send(3));
}

/// What a peer may do to each of many streams.
struct Abuse {
  std::string name;
  std::function<std::string(Http2Peer&, StreamId)> bytes;
};
const std::vector<Abuse> abuses{
    {"resets", [](Http2Peer& peer, StreamId stream) { return peer.get(stream) + Http2Peer::reset(stream); }},
    {"windows_past_their_bound",
     [](Http2Peer& peer, StreamId stream) {
       return peer.get(stream) + Http2Peer::open_window(stream, Http2Peer::increment_max);
     }},
    {"bodies_longer_than_declared",
     [](Http2Peer& peer, StreamId stream) {
       return peer.post(stream, "/", {{"content-length", "1"}}) + Http2Peer::data(stream, "ab");
     }},
    {"malformed_heads", [](Http2Peer& peer, StreamId stream) { return peer.get(stream, "/", {{"X-Upper", "1"}}); }},
};
std::ostream& operator<<(std::ostream& out, const Abuse& abuse) {
  return out << abuse.name;
}
class Http2SessionAbuseTest : public Http2SessionTest, public testing::WithParamInterface<Abuse> {};
INSTANTIATE_TEST_SUITE_P(, Http2SessionAbuseTest, testing::ValuesIn(abuses),
                         [](const auto& info) { return info.param.name; });

TEST_P(Http2SessionAbuseTest, ends_the_connection_when_there_is_too_much_of_it) {
  exchange(Http2Peer::hello());
  StreamId stream = 1;
  for (int i = 0; i < burst; ++i, stream += 2) exchange(GetParam().bytes(peer_, stream));
  EXPECT_FALSE(peer_.goaway);
  for (const auto& [id, request] : requests_) EXPECT_TRUE(request.is_closed) << id;
  exchange(GetParam().bytes(peer_, stream));
  EXPECT_EQ(peer_.goaway, NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_TRUE(session_.is_over());
  const std::size_t told = requests_.size();
  feed(peer_.get(stream + 2));
  EXPECT_EQ(requests_.size(), told);
}

TEST_P(Http2SessionAbuseTest, bears_with_a_little_of_it_for_ever) {
  exchange(Http2Peer::hello());
  StreamId stream = 1;
  for (int i = 0; i < 2 * burst - 10; ++i, stream += 2) {  // of resets nghttp2 itself takes no more in a moment
    exchange(GetParam().bytes(peer_, stream));
    now_ += milliseconds{1'000} / static_cast<int>(Http2Session::resets.per_second);
  }
  EXPECT_FALSE(peer_.goaway);
}

TEST_F(Http2SessionTest, does_not_count_streams_that_end_as_they_should) {
  answers_at_once_ = true;
  exchange(Http2Peer::hello());
  for (StreamId stream = 1; stream < 4 * burst; stream += 2) exchange(peer_.get(stream));
  EXPECT_FALSE(peer_.goaway);
}

TEST_F(Http2SessionTest, ends_the_connection_of_a_peer_that_only_has_its_streams_refused) {
  std::string bytes = Http2Peer::hello();
  for (StreamId stream = 1; stream < 4 * burst; stream += 2) bytes += peer_.get(stream);
  exchange(bytes);
  EXPECT_EQ(requests_.size(), Http2Session::streams_max);
  EXPECT_EQ(peer_.goaway, NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_F(Http2SessionTest, says_that_it_does_not_obey_priorities) {
  take();
  EXPECT_EQ(peer_.settings.at(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES), 1U);
}

TEST_F(Http2SessionTest, gives_streams_their_turns_whatever_the_peer_would_like) {
  exchange(Http2Peer::hello() + Http2Peer::open_window(0, 200'000));
  // The second hangs on the first, the third is the least urgent: neither has to wait for it.
  const std::string dependency = Http2Peer::number(1, 4) + '\0';
  feed(peer_.get(1, "/", {{"priority", "u=0"}}));
  feed(Http2Peer::frame(NGHTTP2_HEADERS, Http2Peer::last | NGHTTP2_FLAG_PRIORITY, 3,
                        dependency + peer_.encode(Http2Peer::request("GET", "/"))));
  feed(peer_.get(5, "/", {{"priority", "u=7"}}));
  feed(Http2Peer::frame(NGHTTP2_PRIORITY, 0, 5, dependency));
  for (const StreamId stream : {1, 3, 5}) respond(stream, {std::string(40'000, 'x')});
  take();
  ASSERT_GE(peer_.data_order.size(), 6U);
  const auto turns = peer_.data_order.begin();
  EXPECT_THAT(std::vector(turns, turns + 3), UnorderedElementsAre(1, 3, 5));
  EXPECT_THAT(std::vector(turns + 3, turns + 6), UnorderedElementsAre(1, 3, 5));
}

TEST_F(Http2SessionTest, sends_what_is_urgent_first) {
  exchange(Http2Peer::hello() + peer_.get(1) + peer_.get(3, "/", {{"priority", "u=7"}}));
  respond(1, {std::string(20'000, 'x')});
  respond(3, {std::string(20'000, 'x')}, Urgency::high);
  take();
  EXPECT_THAT(peer_.data_order, ElementsAre(3, 3, 1, 1));
}

TEST_F(Http2SessionTest, awaits_who_the_peer_is_and_what_it_wants) {
  EXPECT_TRUE(session_.awaits_head());
  feed(Http2Peer::preface);
  EXPECT_TRUE(session_.awaits_head());
  feed(Http2Peer::hello().substr(Http2Peer::preface.size()));
  EXPECT_FALSE(session_.awaits_head());
  const std::string block = peer_.encode(Http2Peer::request("GET", "/"));
  feed(Http2Peer::frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, block.substr(0, 3)));
  EXPECT_TRUE(session_.awaits_head());
  feed(Http2Peer::frame(NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1, block.substr(3)));
  EXPECT_FALSE(session_.awaits_head());
  exchange(peer_.get(3, "/", {{"X-Upper", "1"}}));
  EXPECT_FALSE(session_.awaits_head()) << "that one will never come";
}

TEST_F(Http2SessionTest, goes_away_after_what_is_under_way) {
  exchange(Http2Peer::hello() + peer_.get(1));
  session_.go_away();
  take();
  EXPECT_EQ(peer_.goaway, NGHTTP2_NO_ERROR);
  EXPECT_FALSE(session_.is_over());
  exchange(peer_.get(3));
  EXPECT_FALSE(requests_.contains(3));
  respond(1, {"last"});
  take();
  EXPECT_EQ(peer_.answers.at(1).body, "last");
  EXPECT_TRUE(session_.is_over());
}

TEST_F(Http2SessionTest, ends_a_stream_by_the_error_that_it_is_given) {
  exchange(Http2Peer::hello() + peer_.get(1));
  session_.reset(1, Http2Error::cancel);
  take();
  EXPECT_EQ(peer_.answers.at(1).reset, NGHTTP2_CANCEL);
  EXPECT_TRUE(requests_.at(1).is_closed);
}

TEST_F(Http2SessionTest, cannot_go_on_with_who_does_not_speak_it) {
  EXPECT_FALSE(session_.feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n", now_));
}

TEST_F(Http2SessionTest, is_over_when_the_peer_breaks_the_protocol) {
  exchange(Http2Peer::hello() + Http2Peer::data(1, "of an idle stream"));
  EXPECT_EQ(peer_.goaway, NGHTTP2_PROTOCOL_ERROR);
  EXPECT_TRUE(session_.is_over());
}

}  // namespace
}  // namespace pulso::net
