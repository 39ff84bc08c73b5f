#pragma once
#include "app/config.h"

namespace pulso::app {

/// Runs the server until SIGTERM or SIGINT has drained it. `config` has passed `prepare_to_serve`; the log is
/// configured. Gives the exit code of the process: 0 after an orderly end, 1 when it could not start (said in the log).
[[nodiscard]] int serve(const Config& config);

}  // namespace pulso::app
