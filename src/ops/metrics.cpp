#include "ops/metrics.h"

#include <array>
#include <cassert>
#include <cmath>
#include <iterator>
#include <map>
#include <mutex>

#include <fmt/format.h>

namespace pulso::ops {
namespace {

/// Upper bounds in seconds, inclusive; the last bucket has none.
constexpr std::array<double, Histogram::bucket_count - 1> bucket_bounds{
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

enum class Kind : std::uint8_t { counter, gauge, histogram };

constexpr std::string_view kind_name(Kind kind) noexcept {
  switch (kind) {
    case Kind::counter:
      return "counter";
    case Kind::gauge:
      return "gauge";
    case Kind::histogram:
      return "histogram";
  }
  return "untyped";
}

void append_escaped(std::string& out, std::string_view text, bool quotes_too) {
  for (const char c : text) {
    if (c == '\\' || (c == '"' && quotes_too)) {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

/// `system="seats",transport="websocket"`: the key of one metric in its family and its text on the wire.
std::string join_labels(Labels labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    if (!out.empty()) out += ',';
    out += name;
    out += "=\"";
    append_escaped(out, value, true);
    out += '"';
  }
  return out;
}

/// All metrics of one name. The maps' nodes stay where they are, so references into them last.
struct Family {
  Kind kind;
  std::string help;
  std::map<std::string, Counter, std::less<>> counters;
  std::map<std::string, Gauge, std::less<>> gauges;
  std::map<std::string, Histogram, std::less<>> histograms;
};

template <class T>
void append_sample(std::string& out, std::string_view name, std::string_view labels, T value) {
  if (labels.empty()) {
    fmt::format_to(std::back_inserter(out), "{} {}\n", name, value);
  } else {
    fmt::format_to(std::back_inserter(out), "{}{{{}}} {}\n", name, labels, value);
  }
}

}  // namespace

void Histogram::observe(double seconds) noexcept {
  if (!(seconds > 0)) seconds = 0;  // clocks that step back, and NaN
  std::size_t bucket = 0;
  while (bucket < bucket_bounds.size() && seconds > bucket_bounds[bucket]) ++bucket;
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_microseconds_.fetch_add(static_cast<std::uint64_t>(std::llround(seconds * 1e6)), std::memory_order_relaxed);
}

struct Metrics::Implementation {
  mutable std::mutex mutex;
  std::map<std::string, Family, std::less<>> families;

  /// Call with the mutex held. One name has one kind; a second kind is a bug and would never be exposed.
  Family& family(Kind kind, std::string_view name, std::string_view help) {
    auto found = families.find(name);
    if (found == families.end()) {
      found = families.emplace(std::string{name}, Family{kind, std::string{help}, {}, {}, {}}).first;
    }
    assert(found->second.kind == kind);
    return found->second;
  }

  static void append(std::string& out, std::string_view name, std::string_view labels, const Histogram& histogram);
};

void Metrics::Implementation::append(std::string& out, std::string_view name, std::string_view labels,
                                     const Histogram& histogram) {
  const std::string bucket_name = fmt::format("{}_bucket", name);
  const std::string_view comma = labels.empty() ? "" : ",";
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < Histogram::bucket_count; ++i) {
    count += histogram.buckets_[i].load(std::memory_order_relaxed);
    const std::string bound = i < bucket_bounds.size() ? fmt::format("{}", bucket_bounds[i]) : "+Inf";
    append_sample(out, bucket_name, fmt::format("{}{}le=\"{}\"", labels, comma, bound), count);
  }
  const auto microseconds = histogram.sum_microseconds_.load(std::memory_order_relaxed);
  append_sample(out, fmt::format("{}_sum", name), labels, static_cast<double>(microseconds) / 1e6);
  append_sample(out, fmt::format("{}_count", name), labels, count);
}

Metrics::Metrics() : implementation_(std::make_unique<Implementation>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
  const std::scoped_lock lock{implementation_->mutex};
  return implementation_->family(Kind::counter, name, help).counters[join_labels(labels)];
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, Labels labels) {
  const std::scoped_lock lock{implementation_->mutex};
  return implementation_->family(Kind::gauge, name, help).gauges[join_labels(labels)];
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, Labels labels) {
  const std::scoped_lock lock{implementation_->mutex};
  return implementation_->family(Kind::histogram, name, help).histograms[join_labels(labels)];
}

std::string Metrics::expose() const {
  std::string out;
  const std::scoped_lock lock{implementation_->mutex};
  for (const auto& [name, family] : implementation_->families) {
    fmt::format_to(std::back_inserter(out), "# HELP {} ", name);
    append_escaped(out, family.help, false);
    fmt::format_to(std::back_inserter(out), "\n# TYPE {} {}\n", name, kind_name(family.kind));
    for (const auto& [labels, counter] : family.counters) append_sample(out, name, labels, counter.value());
    for (const auto& [labels, gauge] : family.gauges) append_sample(out, name, labels, gauge.value());
    for (const auto& [labels, histogram] : family.histograms) Implementation::append(out, name, labels, histogram);
  }
  return out;
}

}  // namespace pulso::ops
