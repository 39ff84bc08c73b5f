#include "auth/jwt.h"

#include <algorithm>

#include <boost/json.hpp>

#include "auth/purpose.h"
#include "auth/strict_json.h"
#include "base/encoding.h"
#include "base/json_write.h"
#include "base/random.h"

namespace pulso::auth {
namespace {

namespace json = boost::json;

std::unexpected<Error> refuse(std::string message) {
  return fail(Errc::unauthorized, std::move(message));
}

std::optional<json::object> read_object(std::string_view encoded) {
  const auto text = base64url_decode(encoded);
  return text ? parse_strict_object(*text) : std::nullopt;
}

/// A string, or an integer as its decimal text; empty when it is neither.
std::string text_of(const json::object& claims, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const json::value* value = claims.if_contains(name);
    if (!value) continue;
    if (value->is_string()) return std::string{value->get_string()};
    if (value->is_int64()) return std::to_string(value->get_int64());
    if (value->is_uint64()) return std::to_string(value->get_uint64());
  }
  return {};
}

/// An array of strings, or one string.
std::vector<std::string> strings_of(const json::object& claims, const char* name) {
  std::vector<std::string> out;
  const json::value* value = claims.if_contains(name);
  if (value && value->is_string()) out.emplace_back(value->get_string());
  if (value && value->is_array()) {
    for (const json::value& entry : value->get_array()) {
      if (entry.is_string()) out.emplace_back(entry.get_string());
    }
  }
  return out;
}

/// The words of `strings_of`: lists are also written as one string with spaces (RFC 8693 §4.2).
std::vector<std::string> words_of(const json::object& claims, std::initializer_list<const char*> names) {
  std::vector<std::string> out;
  for (const char* name : names) {
    for (const std::string& text : strings_of(claims, name)) {
      for (std::string_view rest = text; !rest.empty();) {
        const auto word = rest.substr(0, rest.find(' '));
        if (!word.empty()) out.emplace_back(word);
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      }
    }
  }
  return out;
}

/// Identities go to databases and logs, where a control character (NUL above all) could make one look like another.
bool is_fit_id(const std::string& id) {
  return id.size() <= id_bytes_max && !has_control_character(id);
}

/// NumericDate (RFC 7519 §2): seconds, with or without a fraction. Outer nothing when it is there and is no sane date.
std::optional<std::optional<WallTime>> date_of(const json::object& claims, const char* name) {
  const json::value* value = claims.if_contains(name);
  if (!value) return std::optional<WallTime>{};
  if (!value->is_number()) return std::nullopt;
  const double seconds = value->to_number<double>();
  if (!(seconds >= 0 && seconds < 1e11)) return std::nullopt;
  return WallTime{milliseconds{static_cast<std::int64_t>(seconds * 1000)}};
}

Result<void> check_audience(const json::object& claims, const ClaimRules& rules) {
  const std::vector<std::string> audiences = strings_of(claims, "aud");
  if (std::ranges::any_of(audiences, [&](const auto& a) { return is_internal_audience(a) && a != rules.audience; })) {
    return refuse("the token is for another purpose");
  }
  if (!rules.audience.empty() && std::ranges::find(audiences, rules.audience) == audiences.end()) {
    return refuse("the token is for another audience");
  }
  return {};
}

/// Outer nothing when it has expired, is not valid yet or has a broken date; inner nothing when it never expires.
Result<std::optional<WallTime>> check_dates(const json::object& claims, const ClaimRules& rules, WallTime now) {
  const auto expiry = date_of(claims, "exp"), not_before = date_of(claims, "nbf"), issued = date_of(claims, "iat");
  if (!expiry || !not_before || !issued) return refuse("the token has a broken date");
  if (!*expiry && rules.requires_expiry) return refuse("the token never expires");
  if (*not_before && now + clock_leeway < **not_before) return refuse("the token is not valid yet");
  if (!*expiry) return std::optional<WallTime>{};
  if (now >= **expiry + clock_leeway) return refuse("the token has expired");
  return **expiry + clock_leeway;
}

}  // namespace

std::optional<TokenHead> read_token_head(std::string_view token) {
  if (token.size() > token_bytes_max || std::ranges::count(token, '.') != 2) return std::nullopt;
  const auto first = token.find('.'), last = token.rfind('.');
  // One token has one text: a lenient reader would let a revoked one come back in another spelling. And libcjose 0.6.2
  // ends the process (`assert`) over what is not base64url: nothing else may reach it.
  if (!base64url_decode(token.substr(first + 1, last - first - 1)) || !base64url_decode(token.substr(last + 1))) {
    return std::nullopt;
  }
  const auto header = read_object(token.substr(0, first));
  // RFC 7515 §4.1.11: what `crit` demands is not understood here; `b64` (RFC 7797) would change what is signed.
  if (!header || header->contains("crit") || header->contains("b64")) return std::nullopt;
  const json::value* algorithm = header->if_contains("alg");
  if (!algorithm || !algorithm->is_string()) return std::nullopt;
  return TokenHead{text_of(*header, {"kid"}), std::string{algorithm->get_string()}};
}

Result<Principal> verify_token(const std::string& token, const std::vector<JwtKeyRef>& keys, const ClaimRules& rules,
                               WallTime now) {
  const auto head = read_token_head(token);
  if (!head) return refuse("this is not a token");
  const bool is_signed = std::ranges::any_of(keys, [&](const JwtKeyRef& key) {
    const bool fits = head->algorithm == name_of(key->algorithm()) &&
                      (key->id().empty() || head->key_id.empty() || key->id() == head->key_id);
    return fits && key->verify(token);
  });
  if (!is_signed) return refuse("the token's signature does not hold");

  const auto first = token.find('.');
  const auto claims = read_object(std::string_view{token}.substr(first + 1, token.rfind('.') - first - 1));
  if (!claims) return refuse("the token has no claims");
  const auto expires_at = check_dates(*claims, rules, now);
  if (!expires_at) return std::unexpected<Error>{expires_at.error()};
  if (!rules.issuer.empty() && text_of(*claims, {"iss"}) != rules.issuer)
    return refuse("the token is of another issuer");
  if (auto checked = check_audience(*claims, rules); !checked) return fail(checked);

  Principal principal;
  principal.kind = PrincipalKind::user;
  principal.user = UserId{text_of(*claims, {"sub", "userId", "id"})};
  if (principal.user.empty()) return refuse("the token names no user");
  principal.name = text_of(*claims, {"name"});
  principal.email = text_of(*claims, {"email"});
  principal.account = text_of(*claims, {"account_id", "accountId"});
  principal.attendee = text_of(*claims, {"attendee_id", "attendeeId"});
  principal.credential = text_of(*claims, {"jti"});
  if (!is_fit_id(principal.user.value()) || !is_fit_id(principal.account) || !is_fit_id(principal.attendee) ||
      !is_fit_id(principal.credential)) {
    return refuse("the token has an id that is too long, or has a control character");
  }
  principal.roles = words_of(*claims, {"roles", "role"});
  principal.scopes = words_of(*claims, {"scope", "scopes"});
  principal.issued_at = *date_of(*claims, "iat");
  principal.expires_at = *expires_at;
  return principal;
}

Result<std::string> mint_token(const TokenClaims& claims, const JwtKey& key, WallTime now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  json::object body{{"sub", claims.subject}, {"iat", seconds}, {"exp", seconds + claims.lifetime.count()}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) body[name] = value;
  };
  add("name", claims.name);
  add("email", claims.email);
  add("account_id", claims.account);
  add("attendee_id", claims.attendee);
  add("iss", claims.issuer);
  add("aud", claims.audience);
  if (!claims.roles.empty()) body["roles"] = json::value_from(claims.roles);
  std::string scope;
  for (const std::string& word : claims.scopes) scope += (scope.empty() ? "" : " ") + word;
  add("scope", scope);
  body["jti"] = random_token();
  return key.sign(write_json(body));
}

}  // namespace pulso::auth
