#pragma once
#include <cstdint>

#include "base/clock.h"

namespace pulso::events {

struct EventsOptions {
  milliseconds heartbeat_interval{30'000};
  milliseconds retention{7LL * 24 * 60 * 60 * 1000};
  std::uint64_t retained_events = 100'000;  ///< of an account
};

}  // namespace pulso::events
