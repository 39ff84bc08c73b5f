#pragma once
#include <array>
#include <cstddef>

#include "features/tracks/playback.h"
#include "features/tracks/tracks_errors.h"
#include "ops/metrics.h"

namespace pulso::tracks {

/// The counters of playback, looked up once.
class TracksMetrics {
 public:
  explicit TracksMetrics(ops::Metrics& metrics);

  /// Counts a refusal under its wire code.
  void refused(TracksErrc code) noexcept { refusals_[static_cast<std::size_t>(code)]->add(); }

  ops::Gauge& connections;
  ops::Counter& joins;
  ops::Counter& messages_in;
  ops::Counter& messages_out;  ///< events, each counted once however many devices get it
  ops::Counter& corrections;   ///< devices that were told where they should be
  ops::Counter& dropped_reports;

 private:
  std::array<ops::Counter*, static_cast<std::size_t>(TracksErrc::unavailable) + 1> refusals_{};
};

}  // namespace pulso::tracks
