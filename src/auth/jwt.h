#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/jwt_keys.h"
#include "auth/principal.h"
#include "base/result.h"

namespace pulso::auth {

/// Longest token that is looked at, in bytes.
inline constexpr std::size_t token_bytes_max = 8 * 1024;
/// Longest id in a token (`sub`, `account_id`, `attendee_id`, `jti`), in bytes: what is kept under it has room for
/// that. A token with a longer one is refused.
inline constexpr std::size_t id_bytes_max = 255;
/// How far clocks may differ.
inline constexpr std::chrono::seconds clock_leeway{30};

/// What a token must say beside being signed. Empty means: not asked for.
struct ClaimRules {
  std::string issuer;
  std::string audience;  ///< for tokens of the server's own: `audience_of(purpose)`
  /// A token without `exp` lives until it is revoked, however many copies of it are about.
  bool requires_expiry = true;
};

/// The `kid` and `alg` of a token that looks like one, before anything is believed.
struct TokenHead {
  std::string key_id;
  std::string algorithm;
};
/// Reads a compact JWS's header strictly: three parts, an object with `alg`, no name
/// twice, no `crit`, no `b64`.
[[nodiscard]] std::optional<TokenHead> read_token_head(std::string_view token);

/// Verifies a user's JWT (RFC 7519 §7.2) by whichever key fits `kid` and has the algorithm that the token names. Checks
/// `exp`, `nbf`, `iss` and `aud` with the leeway. A token whose `aud` names an internal purpose (`purpose.h`) is
/// refused unless the rules ask for that very one, whoever signed it. All failures are `Errc::unauthorized`.
[[nodiscard]] Result<Principal> verify_token(const std::string& token, const std::vector<JwtKeyRef>& keys,
                                             const ClaimRules& rules, WallTime now);

/// Claims of a token to be minted.
struct TokenClaims {
  std::string subject;
  std::string name;
  std::string email;
  std::string account;
  std::string attendee;
  std::vector<std::string> roles;
  std::vector<std::string> scopes;
  std::string issuer;
  std::string audience;
  std::chrono::seconds lifetime{3600};
};
/// A signed token with a random `jti`.
[[nodiscard]] Result<std::string> mint_token(const TokenClaims& claims, const JwtKey& key, WallTime now);

}  // namespace pulso::auth
