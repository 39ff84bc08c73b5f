#include "net/close_counters.h"

#include "net/websocket_connection.h"

namespace pulso::net {

CloseCounters::CloseCounters(ops::Metrics& metrics, std::string_view system) {
  static constexpr std::array<std::string_view, reason_count> names{
      "client", "transport", "slow_consumer", "unauthorized", "replaced", "restart", "refused"};
  for (std::size_t i = 0; i < reason_count; ++i) {
    counters_[i] = &metrics.counter("pulso_connections_closed_total", "Connections that ended.",
                                    {{"system", system}, {"reason", names[i]}});
  }
}

void CloseCounters::add(std::uint16_t code) noexcept {
  counters_[reason_of(code)]->add();
}

CloseCounters::Reason CloseCounters::reason_of(std::uint16_t code) noexcept {
  switch (code) {
    case close_code::abnormal:
      return transport;
    case close_code::try_again_later:
      return slow_consumer;
    case close_code::unauthorized:
      return unauthorized;
    case close_code::client_id_taken:
    case close_code::replaced:
      return replaced;
    case close_code::service_restart:
      return restart;
    case close_code::protocol_error:
    case close_code::policy:
    case close_code::too_big:
    case close_code::internal_error:
      return refused;
    default:
      return client;  // 1000, 1001, 1005 and whatever else a client makes up
  }
}

}  // namespace pulso::net
