#include "auth/authenticator.h"

#include <fstream>
#include <sstream>

#include "auth/api_key_cache.h"
#include "auth/api_keys.h"
#include "auth/jwt.h"
#include "auth/key_ring.h"
#include "auth/purpose.h"
#include "base/encoding.h"
#include "ops/log.h"

namespace pulso::auth {
namespace {

namespace asio = boost::asio;

Result<std::string> read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail(Errc::invalid_argument, "cannot read " + path);
  return text.str();
}

Result<KeyList> read_fixed_keys(const std::string& secret, const std::string& public_key_file) {
  KeyList keys;
  if (!secret.empty()) {
    auto key = key_from_secret(secret);
    if (!key) return fail(key);
    keys.push_back(*std::move(key));
  }
  if (!public_key_file.empty()) {
    auto pem = read_file(public_key_file);
    if (!pem) return fail(pem);
    auto key = key_from_pem(*pem);
    if (!key) return fail(Errc::invalid_argument, public_key_file + ": " + key.error().message);
    keys.push_back(*std::move(key));
  }
  return keys;
}

Result<std::unique_ptr<KeyRing>> open_key_ring(const AuthenticatorOptions& options, const Clock& clock) {
  std::vector<std::unique_ptr<JwksSource>> sources;
  if (!options.jwks_file.empty()) sources.push_back(create_file_jwks_source(options.jwks_file));
  if (!options.jwks_url.empty()) {
    auto source = create_url_jwks_source(options.jwks_url);
    if (!source) return fail(source);
    if (options.jwks_url.starts_with("http:")) {
      ops::log_warning("auth", "keys come over plain HTTP: whoever is on the way can make tokens");
    }
    sources.push_back(*std::move(source));
  }
  return KeyRing::create(
      [secret = options.jwt_secret, file = options.jwt_public_key_file] { return read_fixed_keys(secret, file); },
      std::move(sources), clock);
}

class DefaultAuthenticator final : public Authenticator {
 public:
  DefaultAuthenticator(ClaimRules rules, std::unique_ptr<KeyRing> keys, store::Database& database,
                       const Revocations& revocations, const Clock& clock)
      : rules_(std::move(rules)),
        keys_(std::move(keys)),
        database_(database),
        revocations_(revocations),
        clock_(clock) {}

  asio::awaitable<Result<PrincipalRef>> authenticate(Credential credential) override {
    if (credential.empty()) co_return fail(Errc::unauthorized, "a credential is needed");
    auto principal = looks_like_api_key(credential.secret) ? co_await find_key(std::move(credential.secret))
                                                           : co_await verify(std::move(credential.secret));
    if (principal && !still_holds(**principal)) co_return fail(Errc::unauthorized, "the credential was revoked");
    co_return principal;
  }

  std::optional<Result<PrincipalRef>> authenticate_at_once(const Credential& credential) override {
    if (credential.empty()) return fail(Errc::unauthorized, "a credential is needed");
    std::optional<Result<PrincipalRef>> answer;
    if (looks_like_api_key(credential.secret)) {
      if (auto known = api_keys_.find(credential.secret, clock_.steady_now())) answer = std::move(known);
    } else {
      const auto head = read_token_head(credential.secret);
      if (!head) return fail(Errc::unauthorized, "this is not a token");
      if (const KeyListRef keys = keys_->known_keys_for(head->key_id)) answer = verify_by(*keys, credential.secret);
    }
    if (answer && *answer && !still_holds(***answer)) return fail(Errc::unauthorized, "the credential was revoked");
    return answer;
  }

  [[nodiscard]] bool still_holds(const Principal& principal) const noexcept override {
    if (principal.expires_at && clock_.now() >= *principal.expires_at) return false;
    return !revocations_.is_revoked(principal);
  }

  Result<void> reload() override { return keys_->reload(); }

 private:
  asio::awaitable<Result<PrincipalRef>> find_key(std::string credential) {
    if (auto known = api_keys_.find(credential, clock_.steady_now())) co_return known;
    auto principal = co_await database_.transact<Principal>(
        [credential, now = clock_.now()](store::Session& session) { return find_api_key(session, credential, now); });
    if (!principal) co_return fail(principal);
    auto shared = std::make_shared<const Principal>(*std::move(principal));
    api_keys_.remember(credential, shared, clock_.steady_now());
    co_return shared;
  }

  asio::awaitable<Result<PrincipalRef>> verify(std::string token) {
    auto head = read_token_head(token);
    if (!head) co_return fail(Errc::unauthorized, "this is not a token");
    const KeyListRef keys = co_await keys_->keys_for(head->key_id);
    if (keys_->may_lack(head->key_id)) co_return fail(Errc::unavailable, "a key set cannot be read");
    co_return verify_by(*keys, token);
  }

  [[nodiscard]] Result<PrincipalRef> verify_by(const KeyList& keys, const std::string& token) const {
    auto principal = verify_token(token, keys, rules_, clock_.now());
    if (!principal) return fail(principal);
    return std::make_shared<const Principal>(*std::move(principal));
  }

  const ClaimRules rules_;
  const std::unique_ptr<KeyRing> keys_;
  store::Database& database_;
  const Revocations& revocations_;
  const Clock& clock_;
  ApiKeyCache api_keys_;
};

}  // namespace

Credential credential_of(const net::HttpRequest& request) {
  const std::string_view authorization = request.headers.get("Authorization");
  if (authorization.size() > 7 && equals_ignoring_case(authorization.substr(0, 7), "Bearer ")) {
    return {std::string{trimmed(authorization.substr(7))}};
  }
  if (const auto key = request.headers.get("X-API-Key"); !key.empty()) return {std::string{key}};
  for (const char* name : {"api-key", "token"}) {
    if (const auto value = request.query_value(name); value && !value->empty()) return {std::string{*value}};
  }
  return {};
}

Result<std::unique_ptr<Authenticator>> create_authenticator(AuthenticatorOptions options, store::Database& database,
                                                            const Revocations& revocations, const Clock& clock) {
  if (is_internal_audience(options.audience)) {
    return fail(Errc::invalid_argument, "audiences that begin with pulso: are the server's own", "auth.audience");
  }
  auto keys = open_key_ring(options, clock);
  if (!keys) return fail(keys);
  return std::make_unique<DefaultAuthenticator>(
      ClaimRules{std::move(options.issuer), std::move(options.audience), options.requires_expiry}, *std::move(keys),
      database, revocations, clock);
}

}  // namespace pulso::auth
