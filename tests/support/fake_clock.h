#pragma once
#include <atomic>

#include "base/clock.h"

namespace pulso::support {

/// Stands still until it is told to move. Starts at 2024-01-15T10:30:00.000Z.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] WallTime now() const noexcept override { return start_wall_ + milliseconds{elapsed_ms_.load()}; }
  [[nodiscard]] SteadyTime steady_now() const noexcept override {
    return SteadyTime{std::chrono::hours{1}} + milliseconds{elapsed_ms_.load()};
  }
  void advance(milliseconds by) noexcept { elapsed_ms_ += by.count(); }

 private:
  WallTime start_wall_{milliseconds{1705314600000}};
  std::atomic<long> elapsed_ms_{0};
};

}  // namespace pulso::support
