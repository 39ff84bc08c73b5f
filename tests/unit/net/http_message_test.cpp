#include "net/http_message.h"

#include <gtest/gtest.h>

namespace pulso::net {
namespace {

TEST(HttpHeaders, finds_names_without_case_and_gives_the_first) {
  HttpHeaders headers;
  headers.add("Accept", "a");
  headers.add("ACCEPT", "b");
  EXPECT_EQ(headers.get("accept"), "a");
  EXPECT_TRUE(headers.contains("aCCept"));
  EXPECT_FALSE(headers.contains("Accep"));
  EXPECT_EQ(headers.get("missing"), "");
}

TEST(HttpHeaders, set_replaces_every_field_of_that_name) {
  HttpHeaders headers;
  headers.add("Vary", "a");
  headers.add("vary", "b");
  headers.set("VARY", "c");
  EXPECT_EQ(std::distance(headers.begin(), headers.end()), 1);
  EXPECT_EQ(headers.get("vary"), "c");
  headers.remove("Vary");
  EXPECT_FALSE(headers.contains("vary"));
}

TEST(HttpHeaders, finds_tokens_in_lists_and_in_repeated_fields) {
  HttpHeaders headers;
  headers.add("Connection", "keep-alive , Upgrade");
  headers.add("Connection", "x-own");
  EXPECT_TRUE(headers.has_token("connection", "upgrade"));
  EXPECT_TRUE(headers.has_token("Connection", "keep-alive"));
  EXPECT_TRUE(headers.has_token("Connection", "X-Own"));
  EXPECT_FALSE(headers.has_token("Connection", "up"));
  EXPECT_FALSE(headers.has_token("Upgrade", "upgrade"));
}

TEST(HttpRequest, gives_first_query_value_and_knows_empty_from_missing) {
  HttpRequest request;
  request.query = {{"a", ""}, {"b", "1"}, {"b", "2"}};
  EXPECT_EQ(request.query_value("a"), "");
  EXPECT_EQ(request.query_value("b"), "1");
  EXPECT_EQ(request.query_value("c"), std::nullopt);
}

TEST(HttpRequest, gives_route_parameters) {
  HttpRequest request;
  request.parameters = {{"room_id", "7"}};
  EXPECT_EQ(request.parameter("room_id"), "7");
  EXPECT_EQ(request.parameter("seat_id"), "");
}

TEST(HttpRequest, finds_cookies_by_exact_name) {
  HttpRequest request;
  request.headers.add("Cookie", "token2=no; token=a=b; Token=upper;flag; quoted=\"in quotes\"");
  request.headers.add("Cookie", "second=2");
  EXPECT_EQ(request.cookie("token"), "a=b");
  EXPECT_EQ(request.cookie("Token"), "upper");
  EXPECT_EQ(request.cookie("quoted"), "in quotes");
  EXPECT_EQ(request.cookie("second"), "2");
  EXPECT_EQ(request.cookie("flag"), "");
  EXPECT_EQ(request.cookie("tok"), "");
}

TEST(HttpResponse, refusal_is_escaped_json_that_is_not_stored) {
  const HttpResponse response = HttpResponse::refusal(422, "bad_name", "Not \"this\"\n", "name");
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(response.body, R"({"success":false,"code":"bad_name","message":"Not \"this\"\n","field":"name"})");
  EXPECT_EQ(response.headers.get("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(response.headers.get("Cache-Control"), "no-store");
}

TEST(HttpResponse, refusal_without_field_names_none) {
  EXPECT_EQ(HttpResponse::refusal(404, "not_found", "No.").body,
            R"({"success":false,"code":"not_found","message":"No."})");
}

TEST(HttpResponse, text_keeps_its_type) {
  const HttpResponse response = HttpResponse::text(200, "# HELP", "text/plain; version=0.0.4");
  EXPECT_EQ(response.headers.get("Content-Type"), "text/plain; version=0.0.4");
  EXPECT_EQ(response.body, "# HELP");
}

}  // namespace
}  // namespace pulso::net
