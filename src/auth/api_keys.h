#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/principal.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/session.h"

namespace pulso::auth {

/// A key as it is listed: never with its secret, of which only a hash is kept.
struct ApiKey {
  std::string id;  ///< public part, 12 characters
  std::string name;
  std::string account;
  std::vector<std::string> scopes;
  WallTime created_at;
  std::optional<WallTime> expires_at;
  bool is_active = true;
};

struct NewApiKey {
  std::string name;
  std::string account;
  std::vector<std::string> scopes;
  std::optional<WallTime> expires_at;
};

/// Whether a credential has the form of an API key: `pulso_<id>_<secret>`, both base64url.
[[nodiscard]] bool looks_like_api_key(std::string_view credential) noexcept;

/// SHA-256 in hexadecimal: what is kept of a secret. It has 256 random bits, so a plain hash is as good as a slow one.
[[nodiscard]] std::string digest_of(std::string_view secret);

/// Stores a new key and gives its whole text, which cannot be had again.
[[nodiscard]] Result<std::string> create_api_key(store::Session& session, const NewApiKey& key, WallTime now);
[[nodiscard]] Result<std::vector<ApiKey>> list_api_keys(store::Session& session);
/// `Errc::not_found` when there is no such key; revoking twice is no error.
[[nodiscard]] Result<void> revoke_api_key(store::Session& session, const std::string& id);
/// The principal of a key's whole text; `Errc::unauthorized` when it is unknown, expired or revoked. Secrets are
/// compared in constant time.
[[nodiscard]] Result<Principal> find_api_key(store::Session& session, const std::string& credential, WallTime now);

}  // namespace pulso::auth
