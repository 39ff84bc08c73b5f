#pragma once
#include "app/config_loader.h"
#include "app/console.h"

namespace pulso::app {

// Each command gives the exit code of the process: 0 done, 1 failed, which `console.err` explains.

/// `pulso config check`: prints what holds, whether or not one could serve with it.
[[nodiscard]] int run_config_check(const ConfigInput& input, const Console& console);
/// `pulso config docs`
[[nodiscard]] int run_config_docs(const Console& console);
/// `pulso migrate`: brings the database's schema up to date.
[[nodiscard]] int run_migrate(const ConfigInput& input, const Console& console);

}  // namespace pulso::app
