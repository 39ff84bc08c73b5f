#pragma once
#include <string>

#include "base/result.h"
#include "store/database.h"

namespace pulso::auth {

/// What the keys of the server's own purposes are derived from: the configured secret of users' tokens, or where only
/// public keys are configured a random one, made once and kept in the database, so that all instances and the next
/// start have the same. Waits for the database: not on a shard's thread.
[[nodiscard]] Result<std::string> server_secret(store::Database& database, const std::string& configured);

}  // namespace pulso::auth
