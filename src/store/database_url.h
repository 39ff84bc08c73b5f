#pragma once
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "store/session.h"

namespace pulso::store {

/// What `DATABASE_URL` says: the engine and what its client library connects with. May hold a password: never logged.
struct DatabaseUrl {
  Engine engine = Engine::sqlite;
  std::string target;  ///< a file for SQLite, the whole URL for PostgreSQL

  /// `sqlite:///relative.db`, `sqlite:////absolute.db`, `postgresql://…` or `postgres://…`.
  [[nodiscard]] static Result<DatabaseUrl> parse(std::string_view text);
  /// What libpq connects with: the URL with our settings in front, so that the operator's own come later and win.
  /// Without them a server that fell off the network would hold a thread for as long as TCP takes to give up.
  [[nodiscard]] std::string postgresql_target(milliseconds timeout) const;
};

}  // namespace pulso::store
