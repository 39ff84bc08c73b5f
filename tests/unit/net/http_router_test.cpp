#include "net/http_router.h"

#include <gtest/gtest.h>

namespace pulso::net {
namespace {

Router router_of(std::initializer_list<std::string_view> patterns) {
  Router router;
  for (const std::string_view pattern : patterns) router.add({.method = "GET", .pattern = std::string{pattern}});
  return router;
}

std::string pattern_of(const Router& router, std::string_view path) {
  const Router::Match match = router.match("GET", path);
  return match.route ? match.route->pattern : "";
}

TEST(HttpRouter, takes_the_least_vague_pattern_whatever_the_order) {
  for (const Router& router : {router_of({"/qr/{id}", "/qr/{id}.svg", "/qr/new", "/qr/{id}/payments"}),
                               router_of({"/qr/{id}/payments", "/qr/new", "/qr/{id}.svg", "/qr/{id}"})}) {
    EXPECT_EQ(pattern_of(router, "/qr/new"), "/qr/new");
    EXPECT_EQ(pattern_of(router, "/qr/1.svg"), "/qr/{id}.svg");
    EXPECT_EQ(pattern_of(router, "/qr/1.png"), "/qr/{id}");
    EXPECT_EQ(pattern_of(router, "/qr/1/payments"), "/qr/{id}/payments");
    EXPECT_EQ(pattern_of(router, "/qr/1.svg/payments"), "/qr/{id}/payments");
  }
}

TEST(HttpRouter, leaves_the_suffix_out_of_the_parameter) {
  const Router router = router_of({"/qr/{id}.svg", "/files/{path*}"});
  const auto parameters = router.match("GET", "/api/qr/a.b.svg").parameters;
  ASSERT_EQ(parameters.size(), 1U);
  EXPECT_EQ(parameters[0], (std::pair<std::string, std::string>{"id", "a.b"}));
  EXPECT_EQ(pattern_of(router, "/qr/.svg"), "");
  EXPECT_EQ(router.match("GET", "/files/a/b.svg").parameters[0].second, "/a/b.svg");
}

}  // namespace
}  // namespace pulso::net
