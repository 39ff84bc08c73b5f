#include "auth/media_cookie.h"

#include <algorithm>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "auth/jwt.h"
#include "auth/purpose.h"
#include "base/json_write.h"

namespace pulso::auth {
namespace {

constexpr std::string_view cookie_name = "pulso_media";
constexpr std::chrono::hours lifetime_max{12};

std::chrono::sys_seconds seconds_of(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

/// When a credential ends, and its cookie at the latest.
WallTime end_of(const Principal& principal, WallTime now) {
  const WallTime latest = now + lifetime_max;
  return principal.expires_at ? std::min<WallTime>(latest, *principal.expires_at - clock_leeway) : latest;
}

}  // namespace

Result<MediaCookie> MediaCookie::create(const std::string& secret, const Authenticator& authenticator,
                                        const Clock& clock) {
  auto key = key_for(media_purpose, secret);
  if (!key) return fail(key);
  return MediaCookie{*std::move(key), authenticator, clock};
}

std::string MediaCookie::field_for(const net::HttpRequest& request, const Principal& principal) const {
  if (principal.kind != PrincipalKind::user) return {};
  const WallTime now = clock_->now();
  const WallTime end = end_of(principal, now);
  if (end <= now) return {};
  if (const PrincipalRef known = principal_of(request);
      known && known->user == principal.user && known->credential == principal.credential && known->expires_at &&
      *known->expires_at - now > (end - now) / 2) {
    return {};
  }
  boost::json::object claims{{"sub", principal.user.value()},
                             {"aud", audience_of(media_purpose)},
                             {"exp", seconds_of(end).time_since_epoch().count()}};
  // Those of the credential itself, so that what revokes it revokes the cookie.
  if (!principal.credential.empty()) claims["jti"] = principal.credential;
  if (principal.issued_at) claims["iat"] = seconds_of(*principal.issued_at).time_since_epoch().count();
  const auto token = key_->sign(write_json(claims));
  if (!token) return {};
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}", cookie_name, *token,
                     std::chrono::floor<std::chrono::seconds>(end - now).count(), request.secure ? "; Secure" : "");
}

PrincipalRef MediaCookie::principal_of(const net::HttpRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD") return nullptr;
  const std::string_view token = request.cookie(cookie_name);
  if (token.empty()) return nullptr;
  ClaimRules rules;
  rules.audience = audience_of(media_purpose);
  auto principal = verify_token(std::string{token}, {key_}, rules, clock_->now());
  if (!principal || !authenticator_->still_holds(*principal)) return nullptr;
  return std::make_shared<const Principal>(*std::move(principal));
}

}  // namespace pulso::auth
