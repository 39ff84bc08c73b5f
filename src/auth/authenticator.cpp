#include "auth/authenticator.h"

#include <atomic>
#include <fstream>
#include <mutex>
#include <sstream>

#include "auth/api_keys.h"
#include "auth/jwt.h"
#include "base/encoding.h"
#include "ops/log.h"

namespace pulso::auth {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds jwks_reread_interval{10};

Result<std::string> read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail(Errc::invalid_argument, "cannot read " + path);
  return text.str();
}

using KeyList = std::vector<JwtKeyRef>;

Result<KeyList> read_keys(const AuthenticatorOptions& options) {
  KeyList keys;
  if (!options.jwt_secret.empty()) {
    auto key = key_from_secret(options.jwt_secret);
    if (!key) return fail(key);
    keys.push_back(*std::move(key));
  }
  if (!options.jwt_public_key_file.empty()) {
    auto pem = read_file(options.jwt_public_key_file);
    if (!pem) return fail(pem);
    auto key = key_from_pem(*pem);
    if (!key) return fail(Errc::invalid_argument, options.jwt_public_key_file + ": " + key.error().message);
    keys.push_back(*std::move(key));
  }
  if (!options.jwks_file.empty()) {
    auto text = read_file(options.jwks_file);
    if (!text) return fail(text);
    auto set = keys_from_jwks(*text);
    if (!set) return fail(Errc::invalid_argument, options.jwks_file + ": " + set.error().message);
    keys.insert(keys.end(), set->begin(), set->end());
  }
  return keys;
}

class DefaultAuthenticator final : public Authenticator {
 public:
  DefaultAuthenticator(AuthenticatorOptions options, KeyList keys, store::Database& database,
                       const Revocations& revocations, const Clock& clock)
      : options_(std::move(options)),
        database_(database),
        revocations_(revocations),
        clock_(clock),
        keys_(std::make_shared<const KeyList>(std::move(keys))) {}

  asio::awaitable<Result<PrincipalRef>> authenticate(Credential credential) override {
    if (credential.empty()) co_return fail(Errc::unauthorized, "a credential is needed");
    Result<Principal> principal = fail(Errc::internal);
    if (looks_like_api_key(credential.secret)) {
      principal = co_await database_.transact<Principal>(
          [secret = credential.secret, now = clock_.now()](store::Session& session) {
            return find_api_key(session, secret, now);
          });
    } else {
      reread_for_unknown_key(credential.secret);
      principal = verify_token(credential.secret, *keys_.load(), {options_.issuer, options_.audience}, clock_.now());
    }
    if (!principal) co_return fail(principal);
    if (revocations_.is_revoked(*principal)) co_return fail(Errc::unauthorized, "the credential was revoked");
    co_return std::make_shared<const Principal>(*std::move(principal));
  }

  [[nodiscard]] bool still_holds(const Principal& principal) const noexcept override {
    if (principal.expires_at && clock_.now() >= *principal.expires_at) return false;
    return !revocations_.is_revoked(principal);
  }

  Result<void> reload() override {
    auto keys = read_keys(options_);
    if (!keys) return fail(keys);
    keys_.store(std::make_shared<const KeyList>(*std::move(keys)));
    return {};
  }

 private:
  /// Keys rotate: a `kid` that is not known yet may be in the file by now. Forged ones must not make us read all day.
  void reread_for_unknown_key(const std::string& token) {
    if (options_.jwks_file.empty()) return;
    const auto head = read_token_head(token);
    if (!head || head->key_id.empty()) return;
    for (const JwtKeyRef& key : *keys_.load()) {
      if (key->id() == head->key_id) return;
    }
    const std::lock_guard lock{reread_mutex_};
    if (clock_.steady_now() - reread_at_ < jwks_reread_interval && reread_at_ != SteadyTime{}) return;
    reread_at_ = clock_.steady_now();
    if (auto reloaded = reload(); !reloaded) {
      ops::log_warning("auth", "the key set cannot be read again", {{"error", reloaded.error().message}});
    }
  }

  const AuthenticatorOptions options_;
  store::Database& database_;
  const Revocations& revocations_;
  const Clock& clock_;
  std::atomic<std::shared_ptr<const KeyList>> keys_;
  std::mutex reread_mutex_;
  SteadyTime reread_at_{};
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
  auto keys = read_keys(options);
  if (!keys) return fail(keys);
  return std::make_unique<DefaultAuthenticator>(std::move(options), *std::move(keys), database, revocations, clock);
}

}  // namespace pulso::auth
