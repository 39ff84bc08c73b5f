#pragma once
#include <span>
#include <string_view>

#include "base/result.h"
#include "store/database.h"

namespace pulso::store {

/// One step of one component's schema. Steps of a component count from 1 without gaps and never change once released.
/// Each text is statements separated by `;`. None may contain a `;` of its own, unless between `$$` and `$$`.
struct Migration {
  std::string_view component;
  int version = 0;
  std::string_view name;
  std::string_view sqlite;
  std::string_view postgresql;
};

/// Brings the schema up to date, each step in a transaction of its own, and says how many steps were taken. Instances
/// that start together wait for each other. A database that a newer program has migrated further is refused
/// (`Errc::conflict`) before anything is changed.
[[nodiscard]] Result<int> migrate(Database& database, std::span<const Migration> migrations);

}  // namespace pulso::store
