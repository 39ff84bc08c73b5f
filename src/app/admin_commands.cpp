#include "app/admin_commands.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include "app/config_values.h"
#include "app/migrations.h"
#include "auth/api_keys.h"
#include "auth/audit_log.h"
#include "auth/jwt.h"
#include "auth/jwt_keys.h"
#include "auth/revocations.h"
#include "ops/log_line.h"
#include "store/database.h"

namespace pulso::app {
namespace {

using DatabaseRef = std::unique_ptr<store::Database>;

/// The configured database with an up-to-date schema.
Result<DatabaseRef> open_database(const ConfigInput& input) {
  auto loaded = load_config(input);
  if (!loaded) return fail(loaded);
  auto database = store::Database::open({.url = loaded->config.database.url, .connections = 1});
  if (!database) return fail(database);
  if (auto steps = store::migrate(**database, all_migrations()); !steps) return fail(steps);
  return database;
}

/// Opens the database and runs `work` in one transaction of it.
Result<void> transact(const ConfigInput& input, store::Database::Work work) {
  auto database = open_database(input);
  if (!database) return fail(database);
  return (*database)->run(std::move(work));
}

void audit(store::Session& session, const Clock& clock, std::string action, std::string subject,
           std::string detail = {}) {
  auth::AuditLog::write(session, {.at = clock.now(),
                                  .actor = "command line",
                                  .action = std::move(action),
                                  .subject = std::move(subject),
                                  .detail = std::move(detail)});
}

Result<milliseconds> lifetime_of(const std::string& text) {
  const auto lifetime = parse_duration(text);
  if (!lifetime || *lifetime < std::chrono::seconds{1}) {
    return fail(Errc::invalid_argument, fmt::format("--expires \"{}\" is not a duration such as 30m, 12h or 90d", text),
                "expires");
  }
  return *lifetime;
}

std::string_view state_of(const auth::ApiKey& key, WallTime now) noexcept {
  if (!key.is_active) return "revoked";
  return key.expires_at && *key.expires_at <= now ? "expired" : "active";
}

/// The public part of `pulso_<id>_<secret>`, whose id has 12 characters and may itself hold a `_`.
std::string_view id_of_key(std::string_view text) noexcept {
  constexpr std::size_t prefix_length = 6, id_length = 12;
  return text.substr(std::min(prefix_length, text.size()), id_length);
}

/// A cell of a line: what a person typed once must not move the cursor of a terminal.
std::string cell(std::string_view text) {
  std::string out;
  ops::append_quoted(out, text);
  return out;
}

}  // namespace

int run_token_mint(const ConfigInput& input, const MintToken& wanted, const Clock& clock, const Console& console) {
  const auto loaded = load_config(input);
  if (!loaded) return console.failed(loaded.error());
  const Config::Auth& auth = loaded->config.auth;
  if (auth.jwt_secret.empty()) {
    return console.failed(Error{Errc::invalid_argument, "JWT_SECRET is not set: there is nothing to sign tokens with"});
  }
  const auto lifetime = lifetime_of(wanted.lifetime);
  if (!lifetime) return console.failed(lifetime.error());
  const auto key = auth::key_from_secret(auth.jwt_secret);
  if (!key) return console.failed(key.error());
  const auto token = auth::mint_token({.subject = wanted.subject,
                                       .name = wanted.name,
                                       .email = wanted.email,
                                       .account = wanted.account,
                                       .roles = wanted.roles,
                                       .scopes = wanted.scopes,
                                       .issuer = auth.issuer,
                                       .audience = auth.audience,
                                       .lifetime = std::chrono::floor<std::chrono::seconds>(*lifetime)},
                                      **key, clock.now());
  if (!token) return console.failed(token.error());
  console.out << *token << '\n';
  return 0;
}

int run_token_revoke(const ConfigInput& input, const RevokeToken& wanted, const Clock& clock, const Console& console) {
  const bool is_one_token = !wanted.token_id.empty();
  const std::string& subject = is_one_token ? wanted.token_id : wanted.subject;
  const auto done = transact(input, [&](store::Session& session) -> Result<void> {
    auto revoked = is_one_token ? auth::revoke_token(session, subject, clock.now())
                                : auth::revoke_user(session, subject, clock.now());
    if (revoked) audit(session, clock, is_one_token ? "token.revoke" : "user.revoke", subject);
    return revoked;
  });
  if (!done) return console.failed(done.error());
  console.out << (is_one_token ? "revoked the token\n" : "revoked all tokens of the user\n");
  return 0;
}

int run_key_create(const ConfigInput& input, const CreateKey& wanted, const Clock& clock, const Console& console) {
  auth::NewApiKey key{.name = wanted.name, .account = wanted.account, .scopes = wanted.scopes, .expires_at = {}};
  if (!wanted.lifetime.empty()) {
    const auto lifetime = lifetime_of(wanted.lifetime);
    if (!lifetime) return console.failed(lifetime.error());
    key.expires_at = clock.now() + *lifetime;
  }
  std::string text;
  const auto done = transact(input, [&](store::Session& session) -> Result<void> {
    auto created = auth::create_api_key(session, key, clock.now());
    if (!created) return fail(created);
    text = std::move(*created);
    audit(session, clock, "api_key.create", std::string{id_of_key(text)},
          fmt::format("account {}, scopes {}", key.account, fmt::join(key.scopes, " ")));
    return {};
  });
  if (!done) return console.failed(done.error());
  console.out << text << '\n';
  console.err << "Keep it now: only its hash is stored, and it is not shown again.\n";
  return 0;
}

int run_key_list(const ConfigInput& input, const Clock& clock, const Console& console) {
  std::vector<auth::ApiKey> keys;
  const auto done = transact(input, [&](store::Session& session) -> Result<void> {
    auto listed = auth::list_api_keys(session);
    if (!listed) return fail(listed);
    keys = std::move(*listed);
    return {};
  });
  if (!done) return console.failed(done.error());
  for (const auth::ApiKey& key : keys) {
    fmt::print(console.out, "{}  {:<7}  account={}  scopes={}  expires={}  name={}\n", key.id,
               state_of(key, clock.now()), cell(key.account), cell(fmt::format("{}", fmt::join(key.scopes, " "))),
               key.expires_at ? format_time(*key.expires_at) : "never", cell(key.name));
  }
  return 0;
}

int run_key_revoke(const ConfigInput& input, const std::string& id, const Clock& clock, const Console& console) {
  const auto done = transact(input, [&](store::Session& session) -> Result<void> {
    auto revoked = auth::revoke_api_key(session, id);
    if (revoked) audit(session, clock, "api_key.revoke", id);
    return revoked;
  });
  if (!done) return console.failed(done.error());
  console.out << "revoked the key\n";
  return 0;
}

int run_audit_tail(const ConfigInput& input, int count, const Console& console) {
  std::vector<auth::AuditEntry> entries;
  const auto done = transact(input, [&](store::Session& session) -> Result<void> {
    auto newest = auth::AuditLog::tail(session, count);
    if (!newest) return fail(newest);
    entries = std::move(*newest);
    return {};
  });
  if (!done) return console.failed(done.error());
  for (const auth::AuditEntry& entry : entries) {
    fmt::print(console.out, "{}  {}  actor={}  subject={}  detail={}\n", format_time(entry.at), entry.action,
               cell(entry.actor), cell(entry.subject), cell(entry.detail));
  }
  return 0;
}

}  // namespace pulso::app
