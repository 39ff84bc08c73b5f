#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/session.h"

namespace pulso::store {

/// What `DATABASE_URL` says: the engine and what its client library connects with. May hold a password: never logged.
struct DatabaseUrl {
  Engine engine = Engine::sqlite;
  std::string target;  ///< a file for SQLite, the whole URL for PostgreSQL

  /// `sqlite:///relative.db`, `sqlite:////absolute.db`, `postgresql://…` or `postgres://…`.
  [[nodiscard]] static Result<DatabaseUrl> parse(std::string_view text);
};

}  // namespace pulso::store
