#pragma once
#include <memory>

#include "base/result.h"
#include "store/database.h"
#include "store/database_url.h"

namespace pulso::store {

/// Opens the engine's first connection, so that a wrong address shows at start, and starts the threads.
[[nodiscard]] Result<std::unique_ptr<Database>> create_soci_database(DatabaseUrl url, const DatabaseOptions& options);

}  // namespace pulso::store
