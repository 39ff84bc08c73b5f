#pragma once
#include <span>

#include "store/migrations.h"

namespace pulso::auth {

/// Tables `api_keys`, `revocations`, `revocation_count` (one row) and `audit_log`.
[[nodiscard]] std::span<const store::Migration> auth_migrations() noexcept;

}  // namespace pulso::auth
