#include "net/http_conditions.h"

#include <gtest/gtest.h>

namespace pulso::net {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr sys_seconds modified = sys_days{1994y / 11 / 6} + 8h + 49min + 37s;
constexpr const char* same = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* earlier = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr const char* later = "Sun, 06 Nov 1994 08:49:38 GMT";

TEST(HttpDate, is_formatted) {
  EXPECT_EQ(format_http_date(modified), same);
  EXPECT_EQ(format_http_date(sys_days{2024y / 2 / 29}), "Thu, 29 Feb 2024 00:00:00 GMT");
}

TEST(HttpDate, is_read_in_all_three_forms) {
  EXPECT_EQ(parse_http_date(same), modified);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), modified);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), modified);
  EXPECT_EQ(parse_http_date("Wed Nov 16 08:49:37 1994"), modified + std::chrono::days{10});
  EXPECT_EQ(parse_http_date("Friday, 01-Jan-21 00:00:00 GMT"), sys_days{2021y / 1 / 1});
  EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT"), sys_days{2017y / 1 / 1});
}

TEST(HttpDate, is_refused_in_any_other_form) {
  for (const char* text :
       {"", "Sun", "Sun, ", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT.", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06-Nov 94 08:49:37 GMT", "06 Nov 1994 08:49:37 GMT",
        "1994-11-06T08:49:37Z", "Sun Nov 6 08:49:37 1994", "-1", "0"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

struct Row {
  const char* method;
  std::vector<std::pair<std::string, std::string>> fields;
  ConditionResult expected;
};

constexpr auto proceed = ConditionResult::proceed;
constexpr auto not_modified = ConditionResult::not_modified;
constexpr auto failed = ConditionResult::failed;

const Row rows[] = {
    {"GET", {}, proceed},
    // If-Match: strong comparison
    {"GET", {{"If-Match", "\"a\""}}, proceed},
    {"PUT", {{"If-Match", "\"a\""}}, proceed},
    {"PUT", {{"If-Match", "\"b\""}}, failed},
    {"PUT", {{"If-Match", "\"b\", \"a\""}}, proceed},
    {"PUT", {{"If-Match", "\"b\""}, {"If-Match", "\"a\""}}, proceed},
    {"PUT", {{"If-Match", "W/\"a\""}}, failed},
    {"PUT", {{"If-Match", "*"}}, proceed},
    {"PUT", {{"If-Match", "a"}}, failed},
    {"PUT", {{"If-Match", ""}}, failed},
    {"PUT", {{"If-Match", "\"a"}}, failed},
    // If-Unmodified-Since: only without If-Match
    {"PUT", {{"If-Unmodified-Since", same}}, proceed},
    {"PUT", {{"If-Unmodified-Since", later}}, proceed},
    {"PUT", {{"If-Unmodified-Since", earlier}}, failed},
    {"GET", {{"If-Unmodified-Since", earlier}}, failed},
    {"PUT", {{"If-Unmodified-Since", "yesterday"}}, proceed},
    {"PUT", {{"If-Match", "\"a\""}, {"If-Unmodified-Since", earlier}}, proceed},
    {"PUT", {{"If-Match", "\"b\""}, {"If-Unmodified-Since", later}}, failed},
    // If-None-Match: weak comparison
    {"GET", {{"If-None-Match", "\"a\""}}, not_modified},
    {"HEAD", {{"If-None-Match", "\"a\""}}, not_modified},
    {"PUT", {{"If-None-Match", "\"a\""}}, failed},
    {"GET", {{"If-None-Match", "W/\"a\""}}, not_modified},
    {"GET", {{"If-None-Match", "\"b\""}}, proceed},
    {"GET", {{"If-None-Match", "\"b\",\"a\""}}, not_modified},
    {"GET", {{"If-None-Match", "\"b,\" , ,W/\"a\""}}, not_modified},
    {"GET", {{"If-None-Match", "\"b, \"a\""}}, proceed},
    {"GET", {{"If-None-Match", "*"}}, not_modified},
    {"PUT", {{"If-None-Match", "*"}}, failed},
    {"GET", {{"If-None-Match", "\"\""}}, proceed},
    {"GET", {{"If-None-Match", "w/\"a\""}}, proceed},
    // If-Modified-Since: only without If-None-Match, only for reading
    {"GET", {{"If-Modified-Since", same}}, not_modified},
    {"GET", {{"If-Modified-Since", later}}, not_modified},
    {"GET", {{"If-Modified-Since", earlier}}, proceed},
    {"HEAD", {{"If-Modified-Since", same}}, not_modified},
    {"PUT", {{"If-Modified-Since", same}}, proceed},
    {"GET", {{"If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT"}}, not_modified},
    {"GET", {{"If-Modified-Since", "0"}}, proceed},
    {"GET", {{"If-None-Match", "\"b\""}, {"If-Modified-Since", same}}, proceed},
    {"GET", {{"If-None-Match", "\"a\""}, {"If-Modified-Since", earlier}}, not_modified},
    // both halves
    {"GET", {{"If-Match", "\"a\""}, {"If-None-Match", "\"a\""}}, not_modified},
    {"GET", {{"If-Match", "\"b\""}, {"If-None-Match", "\"a\""}}, failed},
    {"GET", {{"If-Unmodified-Since", same}, {"If-Modified-Since", same}}, not_modified},
    {"GET", {{"If-Unmodified-Since", earlier}, {"If-None-Match", "\"a\""}}, failed},
};

HttpRequest request_of(const Row& row) {
  HttpRequest request;
  request.method = row.method;
  for (const auto& [name, value] : row.fields) request.headers.add(name, value);
  return request;
}

TEST(HttpConditions, are_evaluated_in_their_order) {
  for (const Row& row : rows) {
    std::string shown = row.method;
    for (const auto& [name, value] : row.fields) shown += " | " + name + ": " + value;
    EXPECT_EQ(evaluate_conditions(request_of(row), {.etag = "\"a\"", .last_modified = modified}), row.expected)
        << shown;
  }
}

TEST(HttpConditions, ignore_dates_where_there_is_none) {
  const Validators validators{.etag = "\"a\"", .last_modified = {}};
  EXPECT_EQ(evaluate_conditions(request_of({"GET", {{"If-Modified-Since", later}}, proceed}), validators), proceed);
  EXPECT_EQ(evaluate_conditions(request_of({"GET", {{"If-Unmodified-Since", earlier}}, proceed}), validators), proceed);
}

TEST(HttpConditions, match_no_tag_where_there_is_none) {
  const Validators validators{.etag = "", .last_modified = modified};
  EXPECT_EQ(evaluate_conditions(request_of({"GET", {{"If-None-Match", "\"\""}}, proceed}), validators), proceed);
  EXPECT_EQ(evaluate_conditions(request_of({"GET", {{"If-Match", "\"\""}}, failed}), validators), failed);
  EXPECT_EQ(evaluate_conditions(request_of({"GET", {{"If-Match", "*"}}, proceed}), validators), proceed);
}

TEST(IfRange, allows_a_range_of_this_very_representation) {
  const auto allows = [](const char* value, const char* etag = "\"a\"") {
    HttpRequest request;
    request.headers.add("If-Range", value);
    return allows_range(request, {.etag = etag, .last_modified = modified});
  };
  EXPECT_TRUE(allows_range({}, {.etag = "\"a\"", .last_modified = modified}));
  EXPECT_TRUE(allows("\"a\""));
  EXPECT_FALSE(allows("\"b\""));
  EXPECT_FALSE(allows("W/\"a\"", "W/\"a\""));
  EXPECT_FALSE(allows("a"));
  EXPECT_FALSE(allows(""));
  EXPECT_TRUE(allows(same));
  EXPECT_FALSE(allows(earlier));
  EXPECT_FALSE(allows(later));
}

}  // namespace
}  // namespace pulso::net
