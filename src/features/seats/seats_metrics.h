#pragma once
#include <array>
#include <cstddef>

#include "features/seats/seats_errors.h"
#include "net/close_counters.h"
#include "ops/metrics.h"

namespace pulso::seats {

/// The feature's counters, looked up once.
class SeatsMetrics {
 public:
  explicit SeatsMetrics(ops::Metrics& metrics);

  /// Counts a refusal under its wire code.
  void refused(SeatsErrc code) noexcept { refusals_[static_cast<std::size_t>(code)]->add(); }

  ops::Gauge& connections;
  ops::Gauge& long_polls;
  ops::Counter& joins;
  ops::Counter& messages_in;
  ops::Counter& messages_out;
  ops::Counter& slow_consumers;
  ops::Counter& holds;
  ops::Counter& sold;
  ops::Counter& abuse_closes;
  net::CloseCounters closed;
  ops::Counter& late_answers;  ///< answers whose event had not come when they had to be given

 private:
  std::array<ops::Counter*, static_cast<std::size_t>(SeatsErrc::not_found) + 1> refusals_{};
};

}  // namespace pulso::seats
