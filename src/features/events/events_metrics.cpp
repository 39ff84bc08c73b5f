#include "features/events/events_metrics.h"

#include <string>

namespace pulso::events {

EventsMetrics::EventsMetrics(ops::Metrics& metrics)
    : connections(
          metrics.gauge("pulso_connections", "Live connections.", {{"system", "events"}, {"transport", "sse"}})),
      published(metrics.counter("pulso_events_published_total", "Events that were published.")),
      qrs(metrics.counter("pulso_qrs_created_total", "QRs that accounts asked for.")),
      payments(metrics.counter("pulso_payments_total", "Payments of QRs, each once.")),
      refunds(metrics.counter("pulso_refunds_total", "Refunds of payments, each once.")),
      webhooks_taken(metrics.counter("pulso_webhooks_taken_total", "Events that webhooks took.")),
      webhooks_failed(metrics.counter("pulso_webhooks_failed_total", "Calls of webhooks that failed.")),
      webhooks_dead(metrics.counter("pulso_webhooks_dead_total", "Events that webhooks never took.")),
      messages_out(metrics.counter("pulso_messages_out_total", "Messages to clients.", {{"system", "events"}})),
      slow_consumers(metrics.counter("pulso_slow_consumers_total", "Connections closed because they did not read.",
                                     {{"system", "events"}})) {
  for (std::size_t code = 1; code < refusals_.size(); ++code) {
    refusals_[code] =
        &metrics.counter("pulso_refusals_total", "Requests refused.",
                         {{"system", "events"}, {"code", std::string{wire_code(static_cast<EventsErrc>(code))}}});
  }
}

}  // namespace pulso::events
