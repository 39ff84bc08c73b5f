#include "auth/auth_migrations.h"

namespace pulso::auth {

std::span<const store::Migration> auth_migrations() noexcept {
  static constexpr store::Migration migrations[] = {{"auth", 1, "API keys, revocations and the audit log",
                                                     R"sql(
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, account TEXT NOT NULL, scopes TEXT NOT NULL, hash TEXT NOT NULL,
  created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, is_active INTEGER NOT NULL);
CREATE TABLE revocations (
  kind TEXT NOT NULL, subject TEXT NOT NULL, revoked_at BIGINT NOT NULL, PRIMARY KEY (kind, subject));
CREATE TABLE revocation_count (count BIGINT NOT NULL);
INSERT INTO revocation_count (count) VALUES (0);
CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  subject TEXT NOT NULL, detail TEXT NOT NULL)
)sql",
                                                     R"sql(
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, account TEXT NOT NULL, scopes TEXT NOT NULL, hash TEXT NOT NULL,
  created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, is_active INTEGER NOT NULL);
CREATE TABLE revocations (
  kind TEXT NOT NULL, subject TEXT NOT NULL, revoked_at BIGINT NOT NULL, PRIMARY KEY (kind, subject));
CREATE TABLE revocation_count (count BIGINT NOT NULL);
INSERT INTO revocation_count (count) VALUES (0);
CREATE TABLE audit_log (
  id BIGSERIAL PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  subject TEXT NOT NULL, detail TEXT NOT NULL)
)sql"},
                                                    {"auth", 2, "the server's own secret",
                                                     R"sql(
CREATE TABLE server_secrets (name TEXT PRIMARY KEY, secret TEXT NOT NULL)
)sql",
                                                     R"sql(
CREATE TABLE server_secrets (name TEXT PRIMARY KEY, secret TEXT NOT NULL)
)sql"}};
  return migrations;
}

}  // namespace pulso::auth
