#include "app/demo_routes.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "auth/jwt.h"
#include "base/json_write.h"

namespace pulso::app {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr std::chrono::hours token_lifetime{12};
constexpr std::size_t body_bytes_max = 1024;

struct DemoUser {
  std::string_view id;
  std::string_view name;
  int account = 0;  ///< 0: none
};
constexpr std::array demo_users{DemoUser{"ana", "Ana"}, DemoUser{"luz", "Luz"}, DemoUser{"shop-1", "Café Illimani", 1},
                                DemoUser{"shop-2", "Librería Sucre", 2}};

/// The user that the body asks for; null when it names none of ours.
const DemoUser* requested_user(const std::string& body) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(body, error);
  const boost::json::object* object = error ? nullptr : value.if_object();
  const boost::json::value* user = object ? object->if_contains("user") : nullptr;
  if (!user || !user->is_string()) return nullptr;
  const auto found = std::ranges::find(demo_users, std::string_view{user->get_string()}, &DemoUser::id);
  return found == demo_users.end() ? nullptr : found;
}

Result<std::string> mint(const DemoRoutesDependencies& d, const DemoUser& user, WallTime now) {
  auto key = auth::key_from_secret(d.jwt_secret);
  if (!key) return fail(key);
  auth::TokenClaims claims;
  claims.subject = user.id;
  claims.name = user.name;
  claims.issuer = d.issuer;
  claims.audience = d.audience;
  if (user.account > 0) claims.account = std::to_string(user.account);
  claims.lifetime = token_lifetime;
  return auth::mint_token(claims, **key, now);
}

HttpResponse answer(const DemoRoutesDependencies& d, const HttpRequest& request) {
  const DemoUser* user = requested_user(request.body);
  if (!user)
    return HttpResponse::refusal(422, "unknown_demo_user", "The demo has the users ana, luz, shop-1 and shop-2.",
                                 "user");
  const WallTime now = d.clock.now();
  const auto token = mint(d, *user, now);
  if (!token) return HttpResponse::refusal(500, "internal", "No token can be signed.");
  boost::json::object told{
      {"userId", user->id}, {"name", user->name}, {"token", *token}, {"expiresAt", format_time(now + token_lifetime)}};
  if (user->account > 0) told["accountId"] = user->account;
  HttpResponse response = HttpResponse::json(200, write_json(told));
  const auth::Principal principal{.kind = auth::PrincipalKind::user,
                                  .user = UserId{std::string{user->id}},
                                  .expires_at = now + token_lifetime + auth::clock_leeway};
  if (std::string cookie = d.media_cookie.field_for(request, principal); !cookie.empty()) {
    response.headers.add("Set-Cookie", std::move(cookie));
  }
  return response;
}

}  // namespace

void add_demo_routes(net::Router& router, DemoRoutesDependencies dependencies) {
  const auto d = std::make_shared<const DemoRoutesDependencies>(std::move(dependencies));
  router.add(
      {.method = "POST",
       .pattern = "/demo/token",
       .handler = [d](HttpRequest& request) -> boost::asio::awaitable<HttpResponse> { co_return answer(*d, request); },
       .body_bytes_max = body_bytes_max});
}

}  // namespace pulso::app
