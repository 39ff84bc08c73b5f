#pragma once
#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace pulso {

/// How often something may happen: `burst` at once, refilled at `per_second`. `per_second` 0 means no limit.
struct RateLimit {
  double per_second = 0;
  double burst = 0;
};

/// A token bucket of 16 bytes, to be held inline in connections. Not thread-safe.
class TokenBucket {
 public:
  /// Takes one token; false when there is none.
  [[nodiscard]] bool take(const RateLimit& limit, SteadyTime now) noexcept {
    if (limit.per_second <= 0) return true;
    const float elapsed = std::chrono::duration<float>(now - filled_at_).count();
    used_ = std::max(0.0F, used_ - elapsed * static_cast<float>(limit.per_second));
    filled_at_ = now;
    if (used_ + 1 > static_cast<float>(limit.burst)) return false;
    used_ += 1;
    return true;
  }

 private:
  SteadyTime filled_at_{};
  float used_ = 0;
};

}  // namespace pulso
