#include "store/database_url.h"

#include <algorithm>

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

std::string DatabaseUrl::postgresql_target(milliseconds timeout) const {
  const auto seconds = std::max<long>(2, std::chrono::ceil<std::chrono::seconds>(timeout).count());  // libpq's least
  const std::string settings = "application_name=pulso&connect_timeout=" + std::to_string(seconds) +
                               "&keepalives_idle=10&keepalives_interval=5&keepalives_count=3&tcp_user_timeout=" +
                               std::to_string(timeout.count());
  const auto query = target.find('?');
  if (query == std::string::npos) return target + "?" + settings;
  return target.substr(0, query + 1) + settings + "&" + target.substr(query + 1);
}

}  // namespace pulso::store
