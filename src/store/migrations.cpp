#include "store/migrations.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <string>

#include <soci/soci.h>

namespace pulso::store {
namespace {

/// Where the first statement ends. What stands between `$$` and `$$` is a body that may have statements of its own.
std::size_t end_of_statement(std::string_view statements) {
  constexpr std::string_view quote = "$$";
  std::size_t from = 0;
  while (true) {
    const std::size_t end = std::min(statements.find(';', from), statements.size());
    const std::size_t body = statements.find(quote, from);
    if (body > end) return end;
    const std::size_t body_end = statements.find(quote, body + quote.size());
    if (body_end == std::string_view::npos) return statements.size();
    from = body_end + quote.size();
  }
}

void execute_all(soci::session& sql, std::string_view statements) {
  while (!statements.empty()) {
    const auto end = end_of_statement(statements);
    const std::string statement{statements.substr(0, end)};
    statements.remove_prefix(std::min(end + 1, statements.size()));
    if (statement.find_first_not_of(" \t\r\n") != std::string::npos) sql << statement;
  }
}

/// Lets one instance migrate at a time. SQLite's BEGIN IMMEDIATE has done so already.
void lock(Session& session) {
  constexpr long long migration_lock = 0x70756c736f;  // "pulso"
  if (session.engine() == Engine::postgresql) {
    session.sql() << "SELECT pg_advisory_xact_lock(" + std::to_string(migration_lock) + ")";
  }
}

int version_of(soci::session& sql, const std::string& component) {
  int version = 0;
  soci::indicator is_null = soci::i_null;
  sql << "SELECT max(version) FROM schema_migrations WHERE component = :c", soci::into(version, is_null),
      soci::use(component);
  return is_null == soci::i_ok ? version : 0;
}

/// Component → the version that this program knows.
std::map<std::string, int> newest_versions(std::span<const Migration> migrations) {
  std::map<std::string, int> newest;
  for (const Migration& migration : migrations) {
    int& version = newest[std::string{migration.component}];
    assert(migration.version == version + 1);
    version = migration.version;
  }
  return newest;
}

Result<void> prepare(Session& session, const std::map<std::string, int>& newest) {
  lock(session);
  session.sql() << "CREATE TABLE IF NOT EXISTS schema_migrations (component VARCHAR(64) NOT NULL, version INTEGER NOT "
                   "NULL, name VARCHAR(200) NOT NULL, PRIMARY KEY (component, version))";
  for (const auto& [component, known] : newest) {
    const int current = version_of(session.sql(), component);
    if (current > known) {
      return fail(Errc::conflict, "the database was migrated by a newer program: " + component + " is at version " +
                                      std::to_string(current) + ", this program knows " + std::to_string(known));
    }
  }
  return {};
}

/// Whether the step had to be taken.
Result<bool> apply(Session& session, const Migration& migration) {
  lock(session);
  soci::session& sql = session.sql();
  const std::string component{migration.component}, name{migration.name};
  if (version_of(sql, component) >= migration.version) return false;
  execute_all(sql, session.engine() == Engine::sqlite ? migration.sqlite : migration.postgresql);
  sql << "INSERT INTO schema_migrations (component, version, name) VALUES (:c, :v, :n)", soci::use(component),
      soci::use(migration.version), soci::use(name);
  return true;
}

}  // namespace

Result<int> migrate(Database& database, std::span<const Migration> migrations) {
  const auto newest = newest_versions(migrations);
  if (auto prepared = database.run([&newest](Session& session) { return prepare(session, newest); }); !prepared) {
    return fail(prepared);
  }
  int applied = 0;
  for (const Migration& migration : migrations) {
    Result<bool> step = false;
    auto done = database.run([&](Session& session) -> Result<void> {
      step = apply(session, migration);
      return step ? Result<void>{} : fail(step);
    });
    if (!done) return fail(done);
    if (*step) ++applied;
  }
  return applied;
}

}  // namespace pulso::store
