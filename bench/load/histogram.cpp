#include "load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace pulso::bench {

void Histogram::record(std::chrono::nanoseconds duration) {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  ++buckets_[bucket_of(value)];
  ++count_;
  max_ = std::max(max_, duration);
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < bucket_count; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

std::chrono::nanoseconds Histogram::at(double quantile) const {
  if (count_ == 0) return std::chrono::nanoseconds{0};
  const double exact_rank = std::ceil(std::clamp(quantile, 0.0, 1.0) * static_cast<double>(count_));
  const std::uint64_t rank = std::max<std::uint64_t>(static_cast<std::uint64_t>(exact_rank), 1);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < bucket_count; ++i) {
    seen += buckets_[i];
    if (seen >= rank) return std::min(std::chrono::nanoseconds{static_cast<std::int64_t>(upper_bound_of(i))}, max_);
  }
  return max_;
}

// A value of b bits keeps its highest seven: bucket = (b - 7 + 1) * 64 + those bits without the leading one. Values
// below 64 are their own bucket.
std::size_t Histogram::bucket_of(std::uint64_t value) {
  if (value < sub_buckets) return value;
  const auto shift = static_cast<std::uint64_t>(std::bit_width(value)) - sub_bucket_bits - 1;
  const std::size_t bucket = (shift + 1) * sub_buckets + ((value >> shift) & (sub_buckets - 1));
  return std::min(bucket, bucket_count - 1);
}

std::uint64_t Histogram::upper_bound_of(std::size_t bucket) {
  if (bucket < sub_buckets) return bucket;
  const std::uint64_t shift = bucket / sub_buckets - 1;
  const std::uint64_t leading = sub_buckets + bucket % sub_buckets;
  return ((leading + 1) << shift) - 1;
}

}  // namespace pulso::bench
