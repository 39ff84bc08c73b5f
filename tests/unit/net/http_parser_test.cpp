#include "net/http_parser.h"

#include <gtest/gtest.h>

namespace pulso::net {
namespace {

constexpr std::size_t header_bytes_max = 4096;

/// Feeds in pieces of `step` bytes, as a slow peer would send them.
void feed_all(HttpParser& parser, std::string_view bytes, std::size_t step, std::size_t body_bytes_max = 1024) {
  std::string pending;
  for (std::size_t at = 0; at < bytes.size() || !pending.empty();) {
    const std::size_t count = std::min(step, bytes.size() - at);
    pending += bytes.substr(at, count);
    at += count;
    const auto before = parser.state();
    const std::size_t used = parser.feed(pending);
    pending.erase(0, used);
    if (before == HttpParser::State::head && parser.state() == HttpParser::State::body) {
      parser.set_body_bytes_max(body_bytes_max);
    }
    if (parser.state() == HttpParser::State::complete || parser.state() == HttpParser::State::failed) return;
    if (count == 0 && used == 0) return;
  }
}

TEST(HttpParser, reads_a_request_however_it_is_cut) {
  const std::string_view bytes =
      "POST /room/a%20b/confirm?wait=25&q=a+b&flag HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nX-A:  1 \r\n\r\nhello";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    HttpParser parser{header_bytes_max};
    feed_all(parser, bytes, step);
    ASSERT_EQ(parser.state(), HttpParser::State::complete) << step;
    HttpRequest& request = parser.request();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/room/a b/confirm");
    EXPECT_EQ(request.query_value("wait"), "25");
    EXPECT_EQ(request.query_value("q"), "a b");
    EXPECT_EQ(request.query_value("flag"), "");
    EXPECT_EQ(request.query_value("none"), std::nullopt);
    EXPECT_EQ(request.headers.get("x-a"), "1");
    EXPECT_EQ(request.body, "hello");
    EXPECT_TRUE(request.keep_alive);
  }
}

TEST(HttpParser, reads_chunked_bodies_and_stops_before_the_next_request) {
  const std::string_view first =
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\n\r\n";
  const std::string both = std::string{first} + "GET /next HTTP/1.1\r\n";
  HttpParser parser{header_bytes_max};
  std::size_t used = parser.feed(both);
  EXPECT_EQ(parser.state(), HttpParser::State::body);
  parser.set_body_bytes_max(5);
  used += parser.feed(std::string_view{both}.substr(used));
  EXPECT_EQ(parser.state(), HttpParser::State::complete);
  EXPECT_EQ(parser.request().body, "abcde");
  EXPECT_EQ(used, first.size());
}

TEST(HttpParser, skips_the_empty_lines_before_a_request) {
  const std::string_view bytes = "\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    HttpParser parser{header_bytes_max};
    feed_all(parser, bytes, step);
    ASSERT_EQ(parser.state(), HttpParser::State::complete) << step;
    EXPECT_EQ(parser.request().path, "/health");
  }
}

TEST(HttpParser, reads_a_chunked_body_however_it_is_cut) {
  const std::string_view bytes =
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    HttpParser parser{header_bytes_max};
    feed_all(parser, bytes, step);
    ASSERT_EQ(parser.state(), HttpParser::State::complete) << step;
    EXPECT_EQ(parser.request().body, "abc");
  }
}

TEST(HttpParser, reads_an_empty_chunked_body_however_it_is_cut) {
  const std::string_view bytes = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    HttpParser parser{header_bytes_max};
    feed_all(parser, bytes, step);
    ASSERT_EQ(parser.state(), HttpParser::State::complete) << step;
  }
}

struct Refusal {
  const char* name;
  std::string bytes;
  int status;
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.name;
}

class HttpParserRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(HttpParserRefusal, has_its_status) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{1000}, GetParam().bytes.size()}) {
    HttpParser parser{header_bytes_max};
    feed_all(parser, GetParam().bytes, step);
    EXPECT_EQ(parser.state(), HttpParser::State::failed) << step;
    EXPECT_EQ(parser.failure_status(), GetParam().status) << step;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Requests, HttpParserRefusal,
    testing::Values(
        Refusal{"garbage", "\x16\x03\x01\x02 tls here\r\n\r\n", 400}, Refusal{"no_host", "GET / HTTP/1.1\r\n\r\n", 400},
        Refusal{"two_hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        Refusal{"bad_target", "GET foo HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Refusal{"nul_in_path", "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Refusal{"hidden_slash", "GET /a%2fb HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Refusal{"version_2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        Refusal{"huge_header", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(8192, 'x') + "\r\n\r\n", 431},
        Refusal{"length_and_chunked",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", 400},
        Refusal{"two_lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
        Refusal{"negative_length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\n", 400},
        Refusal{"long_body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1025\r\n\r\n", 413},
        Refusal{"long_chunked_body",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n401\r\n" + std::string(1025, 'x'),
                413},
        Refusal{"bad_chunk", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        Refusal{"bad_second_chunk", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nz\r\n",
                400},
        Refusal{"space_before_colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        Refusal{"expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: a-pony\r\n\r\n", 417}),
    [](const auto& test) { return test.param.name; });

TEST(NormalisedPath, removes_dots_and_empty_segments_and_decodes_once) {
  EXPECT_EQ(normalised_path("/"), "/");
  EXPECT_EQ(normalised_path("/a/b"), "/a/b");
  EXPECT_EQ(normalised_path("/a/"), "/a/");
  EXPECT_EQ(normalised_path("//a//b"), "/a/b");
  EXPECT_EQ(normalised_path("/a/./b/../c"), "/a/c");
  EXPECT_EQ(normalised_path("/../../etc"), "/etc");
  EXPECT_EQ(normalised_path("/%2e%2e/etc"), "/etc");
  EXPECT_EQ(normalised_path("/a/.."), "/");
  EXPECT_EQ(normalised_path("/%252e%252e/x"), "/%2e%2e/x");
  EXPECT_EQ(normalised_path("/a%2f.."), std::nullopt);
  EXPECT_EQ(normalised_path("/%"), std::nullopt);
}

}  // namespace
}  // namespace pulso::net
