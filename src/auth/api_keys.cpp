#include "auth/api_keys.h"

#include <algorithm>

#include <soci/soci.h>

#include "auth/revocations.h"
#include "base/encoding.h"
#include "base/random.h"
#include "base/sha256.h"

namespace pulso::auth {
namespace {

constexpr std::string_view prefix = "pulso_";
constexpr std::size_t id_length = 12;
constexpr std::size_t secret_length = 43;  // 32 bytes in base64url

/// Letters and digits only: an id is copied by double click.
std::string random_id() {
  std::string id;
  while (id.size() < id_length) {
    for (const char c : random_token(id_length)) {
      if (c != '-' && c != '_') id += c;
    }
  }
  id.resize(id_length);
  return id;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    if (!word.empty()) words.emplace_back(word);
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return words;
}

/// One row; 0 in `expires_at` stands for never.
struct Row {
  std::string id, name, account, scopes, hash;
  long long created_at = 0, expires_at = 0;
  int is_active = 0;

  [[nodiscard]] std::optional<WallTime> expiry() const {
    return expires_at == 0 ? std::nullopt : std::optional{WallTime{milliseconds{expires_at}}};
  }
};

}  // namespace

bool looks_like_api_key(std::string_view credential) noexcept {
  return credential.size() == prefix.size() + id_length + 1 + secret_length && credential.starts_with(prefix) &&
         credential[prefix.size() + id_length] == '_';
}

std::string digest_of(std::string_view secret) {
  return hex_encode(sha256(secret));
}

Result<std::string> create_api_key(store::Session& session, const NewApiKey& key, WallTime now) {
  const std::string id = random_id(), secret = random_token(32), hash = digest_of(secret);
  const std::string scopes = joined(key.scopes);
  const long long created_at = now.time_since_epoch().count();
  const long long expires_at = key.expires_at ? key.expires_at->time_since_epoch().count() : 0;
  session.sql() << "INSERT INTO api_keys (id, name, account, scopes, hash, created_at, expires_at, is_active) "
                   "VALUES (:id, :name, :account, :scopes, :hash, :created, :expires, 1)",
      soci::use(id), soci::use(key.name), soci::use(key.account), soci::use(scopes), soci::use(hash),
      soci::use(created_at), soci::use(expires_at);
  return std::string{prefix} + id + "_" + secret;
}

Result<std::vector<ApiKey>> list_api_keys(store::Session& session) {
  Row row;
  soci::statement statement =
      (session.sql().prepare << "SELECT id, name, account, scopes, created_at, expires_at, is_active FROM api_keys "
                                "ORDER BY created_at",
       soci::into(row.id), soci::into(row.name), soci::into(row.account), soci::into(row.scopes),
       soci::into(row.created_at), soci::into(row.expires_at), soci::into(row.is_active));
  statement.execute();
  std::vector<ApiKey> keys;
  while (statement.fetch()) {
    keys.push_back({row.id, row.name, row.account, split(row.scopes), WallTime{milliseconds{row.created_at}},
                    row.expiry(), row.is_active == 1});
  }
  return keys;
}

Result<void> revoke_api_key(store::Session& session, const std::string& id) {
  soci::statement statement =
      (session.sql().prepare << "UPDATE api_keys SET is_active = 0 WHERE id = :id", soci::use(id));
  statement.execute(true);
  if (statement.get_affected_rows() == 0) return fail(Errc::not_found, "there is no API key with this id");
  announce_revocation(session);
  return {};
}

Result<Principal> find_api_key(store::Session& session, const std::string& credential, WallTime now) {
  if (!looks_like_api_key(credential)) return fail(Errc::unauthorized, "this is not an API key");
  const std::string id = credential.substr(prefix.size(), id_length);
  const std::string_view secret = std::string_view{credential}.substr(prefix.size() + id_length + 1);
  Row row;
  session.sql() << "SELECT name, account, scopes, hash, expires_at, is_active FROM api_keys WHERE id = :id",
      soci::into(row.name), soci::into(row.account), soci::into(row.scopes), soci::into(row.hash),
      soci::into(row.expires_at), soci::into(row.is_active), soci::use(id);
  const bool is_known = session.sql().got_data();
  // The hash is made and compared for unknown ids too, so that the answer's time tells nothing.
  const bool matches = equals_in_constant_time(digest_of(secret), is_known ? row.hash : std::string(64, '0'));
  if (!is_known || !matches) return fail(Errc::unauthorized, "this API key is not known");
  if (row.is_active != 1) return fail(Errc::unauthorized, "this API key was revoked");
  if (row.expiry() && now >= *row.expiry()) return fail(Errc::unauthorized, "this API key has expired");
  Principal principal;
  principal.kind = PrincipalKind::api_key;
  principal.name = row.name;
  principal.account = row.account;
  principal.scopes = split(row.scopes);
  principal.credential = id;
  principal.expires_at = row.expiry();
  return principal;
}

}  // namespace pulso::auth
