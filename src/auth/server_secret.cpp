#include "auth/server_secret.h"

#include <soci/soci.h>

#include "base/random.h"

namespace pulso::auth {

Result<std::string> server_secret(store::Database& database, const std::string& configured) {
  if (!configured.empty()) return configured;
  const std::string fresh = random_token(48);
  std::string secret;
  auto done = database.run([&](store::Session& session) -> Result<void> {
    session.sql() << "INSERT INTO server_secrets (name, secret) VALUES ('purposes', :secret) ON CONFLICT (name) DO "
                     "NOTHING",
        soci::use(fresh);
    session.sql() << "SELECT secret FROM server_secrets WHERE name = 'purposes'", soci::into(secret);
    return {};
  });
  if (!done) return fail(done);
  return secret;
}

}  // namespace pulso::auth
