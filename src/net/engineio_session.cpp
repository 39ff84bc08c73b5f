#include "net/engineio_session.h"

namespace pulso::net {

std::string_view engineio_close_reason_name(EngineioCloseReason reason) noexcept {
  switch (reason) {
    case EngineioCloseReason::transport_close:
      return "transport close";
    case EngineioCloseReason::transport_error:
      return "transport error";
    case EngineioCloseReason::ping_timeout:
      return "ping timeout";
    case EngineioCloseReason::parse_error:
      return "parse error";
    case EngineioCloseReason::forced_close:
      return "forced close";
    case EngineioCloseReason::slow_consumer:
      return "slow consumer";
    case EngineioCloseReason::shutting_down:
      return "server shutting down";
  }
  return {};
}

}  // namespace pulso::net
