#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace pulso {

using std::chrono::milliseconds;
/// Time of day as it goes on the wire and into the store: milliseconds since 1970-01-01 UTC.
using WallTime = std::chrono::sys_time<milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Where the time comes from. Thread-safe. Tests pass `support::FakeClock`.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime now() const noexcept = 0;
  [[nodiscard]] virtual SteadyTime steady_now() const noexcept = 0;
};

/// The machine's own clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime now() const noexcept override;
  [[nodiscard]] SteadyTime steady_now() const noexcept override;
};

/// `2024-01-15T10:30:00.000Z` (ISO 8601, always 24 characters for years 0–9999).
[[nodiscard]] std::string format_time(WallTime time);
/// Reads what `format_time` writes, with or without fraction (1–9 digits, cut to milliseconds); nothing else.
[[nodiscard]] std::optional<WallTime> parse_time(std::string_view text) noexcept;

}  // namespace pulso
