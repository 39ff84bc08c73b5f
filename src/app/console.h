#pragma once
#include <ostream>

#include "base/result.h"

namespace pulso::app {

/// Where a command writes its results, and what went wrong.
struct Console {
  std::ostream& out;
  std::ostream& err;

  /// Says why, and gives the exit code for it.
  [[nodiscard]] int failed(const Error& error) const {
    err << "pulso: " << error.message << '\n';
    return 1;
  }
};

}  // namespace pulso::app
