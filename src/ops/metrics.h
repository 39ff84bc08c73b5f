#pragma once
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pulso::ops {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// A number that only grows. Adding is one relaxed atomic addition; hot paths keep the reference.
class Counter {
 public:
  void add(std::uint64_t by = 1) noexcept { value_.fetch_add(by, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A number that goes up and down.
class Gauge {
 public:
  void add(std::int64_t by) noexcept { value_.fetch_add(by, std::memory_order_relaxed); }
  void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Durations in buckets of 100 µs, 250 µs, 500 µs, 1 ms … 10 s (1-2.5-5 steps), as seconds on the wire.
class Histogram {
 public:
  static constexpr std::size_t bucket_count = 17;
  void observe(double seconds) noexcept;

 private:
  friend class Metrics;
  std::atomic<std::uint64_t> buckets_[bucket_count]{};
  std::atomic<std::uint64_t> sum_microseconds_{0};
};

/// Every metric of the process. The same name and labels give the same metric; references live as long as the registry.
/// Thread-safe. Names follow Prometheus: `pulso_connections{system="seats",transport="websocket"}`.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  [[nodiscard]] Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
  [[nodiscard]] Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {});
  [[nodiscard]] Histogram& histogram(std::string_view name, std::string_view help, Labels labels = {});
  /// The Prometheus text exposition format 0.0.4.
  [[nodiscard]] std::string expose() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace pulso::ops
