#include "store/migrations.h"

#include <algorithm>
#include <map>
#include <string>

#include <soci/soci.h>

namespace pulso::store {
namespace {

void execute_all(soci::session& sql, std::string_view statements) {
  while (!statements.empty()) {
    const auto end = std::min(statements.find(';'), statements.size());
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

}  // namespace

Result<int> migrate(Database& database, std::span<const Migration> migrations) {
  auto prepared = database.run([](Session& session) -> Result<void> {
    lock(session);
    session.sql()
        << "CREATE TABLE IF NOT EXISTS schema_migrations (component VARCHAR(64) NOT NULL, version INTEGER NOT "
           "NULL, name VARCHAR(200) NOT NULL, PRIMARY KEY (component, version))";
    return {};
  });
  if (!prepared) return fail(prepared);

  std::map<std::string, int> newest;
  for (const Migration& migration : migrations) {
    int& version = newest[std::string{migration.component}];
    version = std::max(version, migration.version);
  }
  int applied = 0;
  for (const Migration& migration : migrations) {
    bool did_apply = false;
    auto result = database.run([&](Session& session) -> Result<void> {
      did_apply = false;
      lock(session);
      soci::session& sql = session.sql();
      const std::string component{migration.component};
      const int current = version_of(sql, component);
      if (current > newest[component]) {
        return fail(Errc::conflict, "the database was migrated by a newer program: " + component + " is at version " +
                                        std::to_string(current) + ", this program knows " +
                                        std::to_string(newest[component]));
      }
      if (migration.version <= current) return {};
      execute_all(sql, session.engine() == Engine::sqlite ? migration.sqlite : migration.postgresql);
      const std::string name{migration.name};
      sql << "INSERT INTO schema_migrations (component, version, name) VALUES (:c, :v, :n)", soci::use(component),
          soci::use(migration.version), soci::use(name);
      did_apply = true;
      return {};
    });
    if (!result) return fail(result);
    if (did_apply) ++applied;
  }
  return applied;
}

}  // namespace pulso::store
