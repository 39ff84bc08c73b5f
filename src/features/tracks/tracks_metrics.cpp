#include "features/tracks/tracks_metrics.h"

namespace pulso::tracks {

TracksMetrics::TracksMetrics(ops::Metrics& metrics)
    : connections(
          metrics.gauge("pulso_connections", "Live connections.", {{"system", "tracks"}, {"transport", "socketio"}})),
      joins(metrics.counter("pulso_joins_total", "Rooms joined.", {{"system", "tracks"}})),
      messages_in(metrics.counter("pulso_messages_in_total", "Messages from clients.", {{"system", "tracks"}})),
      messages_out(metrics.counter("pulso_messages_out_total", "Messages to clients.", {{"system", "tracks"}})),
      corrections(
          metrics.counter("pulso_tracks_corrections_total", "Devices told that they are not where they should.")),
      dropped_reports(metrics.counter("pulso_tracks_dropped_reports_total",
                                      "Reports dropped because newer ones were waiting behind them.")) {
  for (std::size_t code = 1; code < refusals_.size(); ++code) {
    refusals_[code] = &metrics.counter("pulso_refusals_total", "Requests refused.",
                                       {{"system", "tracks"}, {"code", wire_code(static_cast<TracksErrc>(code))}});
  }
}

}  // namespace pulso::tracks
