#include "features/seats/seats_metrics.h"

namespace pulso::seats {

SeatsMetrics::SeatsMetrics(ops::Metrics& metrics)
    : connections(
          metrics.gauge("pulso_connections", "Live connections.", {{"system", "seats"}, {"transport", "websocket"}})),
      long_polls(
          metrics.gauge("pulso_connections", "Live connections.", {{"system", "seats"}, {"transport", "long_poll"}})),
      joins(metrics.counter("pulso_joins_total", "Rooms joined.", {{"system", "seats"}})),
      messages_in(metrics.counter("pulso_messages_in_total", "Messages from clients.", {{"system", "seats"}})),
      messages_out(metrics.counter("pulso_messages_out_total", "Messages to clients.", {{"system", "seats"}})),
      slow_consumers(metrics.counter("pulso_slow_consumers_total", "Connections closed because they did not read.",
                                     {{"system", "seats"}})),
      holds(metrics.counter("pulso_seats_holds_total", "Seats selected.")),
      sold(metrics.counter("pulso_seats_sold_total", "Seats sold.")),
      abuse_closes(metrics.counter("pulso_seats_abuse_closes_total", "Connections closed for repeated abuse.")),
      closed(metrics, "seats"),
      late_answers(metrics.counter("pulso_seats_late_answers_total",
                                   "Answers given before their event had come back through the bus.")) {
  for (std::size_t code = 1; code < refusals_.size(); ++code) {
    refusals_[code] = &metrics.counter("pulso_refusals_total", "Requests refused.",
                                       {{"system", "seats"}, {"code", wire_code(static_cast<SeatsErrc>(code))}});
  }
}

}  // namespace pulso::seats
