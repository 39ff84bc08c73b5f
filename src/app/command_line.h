#pragma once

namespace pulso::app {

/// The program: reads its arguments, runs the command they name, and gives the exit code: 0 done, 1 failed (said on
/// standard error), 2 wrong usage.
[[nodiscard]] int run(int argc, char** argv);

}  // namespace pulso::app
