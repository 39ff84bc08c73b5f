#pragma once
#include <array>
#include <cstddef>

#include "features/events/events_errors.h"
#include "ops/metrics.h"

namespace pulso::events {

/// The counters of event streams, looked up once.
class EventsMetrics {
 public:
  explicit EventsMetrics(ops::Metrics& metrics);

  /// Counts a refusal under its wire code.
  void refused(EventsErrc code) noexcept { refusals_[static_cast<std::size_t>(code)]->add(); }

  ops::Gauge& connections;
  ops::Counter& published;  ///< new events only
  ops::Counter& qrs;
  ops::Counter& payments;  ///< those that counted
  ops::Counter& refunds;
  ops::Counter& webhooks_taken;   ///< events that a webhook answered with 2xx
  ops::Counter& webhooks_failed;  ///< tries that it did not
  ops::Counter& webhooks_dead;    ///< events that were given up
  ops::Counter& messages_out;     ///< what streams were sent, heartbeats too
  ops::Counter& slow_consumers;

 private:
  std::array<ops::Counter*, static_cast<std::size_t>(EventsErrc::unavailable) + 1> refusals_{};
};

}  // namespace pulso::events
