#pragma once

#include <chrono>

namespace pulso::bench {

using Clock = std::chrono::steady_clock;

}  // namespace pulso::bench
