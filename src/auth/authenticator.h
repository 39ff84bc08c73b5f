#pragma once
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "auth/principal.h"
#include "auth/revocations.h"
#include "base/result.h"
#include "net/http_message.h"
#include "store/database.h"

namespace pulso::auth {

/// What a request or a first message carries: a JWT or an API key, wherever it stood. Secret: never logged.
struct Credential {
  std::string secret;
  [[nodiscard]] bool empty() const noexcept { return secret.empty(); }
};

/// Looks, in this order, at `Authorization: Bearer`, `X-API-Key`, `?api-key=`, `?token=`. An API key is recognised by
/// its form wherever it stands.
[[nodiscard]] Credential credential_of(const net::HttpRequest& request);

/// Turns credentials into principals. Thread-safe.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  /// The principal of an API key or of a user's JWT; `Errc::unauthorized` when it is missing, forged, expired, revoked
  /// or meant for another purpose, `Errc::unavailable` when the engine that would know is down.
  [[nodiscard]] virtual boost::asio::awaitable<Result<PrincipalRef>> authenticate(Credential credential) = 0;
  /// The same where the answer can be had without waiting, for whom it decides what is read next; nothing where it
  /// can't: of an API key that was not asked for lately, and of a token whose key may be new in a set.
  [[nodiscard]] virtual std::optional<Result<PrincipalRef>> authenticate_at_once(const Credential& credential) = 0;
  /// Whether this principal still holds now: not expired, not revoked. Cheap; asked for every live connection each
  /// second.
  [[nodiscard]] virtual bool still_holds(const Principal& principal) const noexcept = 0;
  /// Reads key files and sets again (SIGHUP), waiting for them: not on a shard's thread. What cannot be read leaves the
  /// keys that are in use.
  [[nodiscard]] virtual Result<void> reload() = 0;
};

/// Section `[auth]` of the configuration, as far as users' tokens go. Any combination of keys may be set.
struct AuthenticatorOptions {
  std::string jwt_secret;           ///< HS256
  std::string jwt_public_key_file;  ///< PEM: RS256, ES256 or EdDSA, as the key is
  std::string jwks_file;            ///< read again on an unknown `kid`, at most each 10 s
  std::string jwks_url;             ///< likewise; may be away at start
  std::string issuer;
  std::string audience;
  bool requires_expiry = true;  ///< refuses tokens without `exp`
};

/// Reads the keys now and fails where a file is missing or wrong. The references outlive it, and it outlives the
/// coroutines that wait in it.
[[nodiscard]] Result<std::unique_ptr<Authenticator>> create_authenticator(AuthenticatorOptions options,
                                                                          store::Database& database,
                                                                          const Revocations& revocations,
                                                                          const Clock& clock);

}  // namespace pulso::auth
