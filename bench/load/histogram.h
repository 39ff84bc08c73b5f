#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace pulso::bench {

/// Counts of durations in buckets of constant relative width: 64 to each power of two of nanoseconds, so that a
/// reported value is at most 1.6 % above the true one. Durations below 64 ns are exact, those above 4.9 hours count as
/// that. Recording allocates nothing.
class Histogram {
 public:
  void record(std::chrono::nanoseconds duration);
  void merge(const Histogram& other);

  std::uint64_t count() const { return count_; }
  /// Exact.
  std::chrono::nanoseconds max() const { return max_; }
  /// The smallest bucket's upper bound that `quantile` (0..1) of all durations do not exceed; zero when empty.
  std::chrono::nanoseconds at(double quantile) const;

 private:
  static constexpr int sub_bucket_bits = 6;
  static constexpr std::uint64_t sub_buckets = 1U << sub_bucket_bits;
  static constexpr int exponent_max = 44;
  static constexpr std::size_t bucket_count = (exponent_max - sub_bucket_bits + 1) * sub_buckets;

  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t upper_bound_of(std::size_t bucket);

  std::array<std::uint64_t, bucket_count> buckets_{};
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds max_{0};
};

}  // namespace pulso::bench
