#pragma once
#include <vector>

#include "store/migrations.h"

namespace pulso::app {

/// The schema of every component of this program: what `store::migrate` brings a database up to.
[[nodiscard]] std::vector<store::Migration> all_migrations();

}  // namespace pulso::app
