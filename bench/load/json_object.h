#pragma once

#include <chrono>
#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "load/histogram.h"

namespace pulso::bench {

/// Builds the one-line JSON object that a run prints. Names and strings are our own words and are not escaped.
class JsonObject {
 public:
  JsonObject& add(std::string_view name, bool value) { return add_raw(name, value ? "true" : "false"); }
  JsonObject& add(std::string_view name, std::integral auto value) { return add_raw(name, fmt::format("{}", value)); }
  JsonObject& add(std::string_view name, double value) { return add_raw(name, fmt::format("{:.6g}", value)); }
  JsonObject& add(std::string_view name, std::string_view value) { return add_raw(name, fmt::format("\"{}\"", value)); }
  JsonObject& add(std::string_view name, const char* value) { return add(name, std::string_view(value)); }
  JsonObject& add(std::string_view name, const JsonObject& value) { return add_raw(name, value.str()); }
  JsonObject& add(std::string_view name, const std::vector<JsonObject>& values) {
    std::string list;
    for (const auto& value : values) list += (list.empty() ? "" : ",") + value.str();
    return add_raw(name, "[" + list + "]");
  }
  /// p50, p90, p99 and max in microseconds.
  JsonObject& add(std::string_view name, const Histogram& latency) {
    const auto microseconds = [](std::chrono::nanoseconds value) { return static_cast<double>(value.count()) / 1e3; };
    return add(name, JsonObject{}
                         .add("p50", microseconds(latency.at(0.50)))
                         .add("p90", microseconds(latency.at(0.90)))
                         .add("p99", microseconds(latency.at(0.99)))
                         .add("max", microseconds(latency.max())));
  }

  std::string str() const { return "{" + members_ + "}"; }

 private:
  JsonObject& add_raw(std::string_view name, std::string_view value) {
    members_ += fmt::format("{}\"{}\":{}", members_.empty() ? "" : ",", name, value);
    return *this;
  }

  std::string members_;
};

/// For `JsonObject::add`.
inline double seconds(std::chrono::nanoseconds value) {
  return static_cast<double>(value.count()) / 1e9;
}

}  // namespace pulso::bench
