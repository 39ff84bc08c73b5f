#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ops/metrics.h"

namespace pulso::net {

/// `pulso_connections_closed_total` of one system, by who ended the connection and why. Looked up once.
class CloseCounters {
 public:
  CloseCounters(ops::Metrics& metrics, std::string_view system);
  /// One WebSocket ended with this close code.
  void add(std::uint16_t code) noexcept;

 private:
  enum Reason : std::uint8_t {
    client,
    transport,
    slow_consumer,
    unauthorized,
    replaced,
    restart,
    refused,
    reason_count
  };
  [[nodiscard]] static Reason reason_of(std::uint16_t code) noexcept;

  std::array<ops::Counter*, reason_count> counters_;
};

}  // namespace pulso::net
