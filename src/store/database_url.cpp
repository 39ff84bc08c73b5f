#include "store/database_url.h"

namespace pulso::store {

Result<DatabaseUrl> DatabaseUrl::parse(std::string_view text) {
  constexpr std::string_view sqlite_scheme = "sqlite:///";
  if (text.starts_with(sqlite_scheme) && text.size() > sqlite_scheme.size()) {
    return DatabaseUrl{Engine::sqlite, std::string{text.substr(sqlite_scheme.size())}};
  }
  if (text.starts_with("postgresql://") || text.starts_with("postgres://")) {
    return DatabaseUrl{Engine::postgresql, std::string{text}};
  }
  // The text itself may hold a password: it is not repeated.
  return fail(Errc::invalid_argument, "the database URL begins with sqlite:/// or postgresql://", "database.url");
}

}  // namespace pulso::store
