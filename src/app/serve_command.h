#pragma once
#include "app/config_loader.h"
#include "app/console.h"

namespace pulso::app {

/// `pulso serve`: settles the configuration and serves until told to stop. Gives the exit code of the process.
[[nodiscard]] int run_serve(const ConfigInput& input, const Console& console);

}  // namespace pulso::app
