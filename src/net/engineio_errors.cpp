#include "net/engineio_errors.h"

#include <fmt/format.h>

namespace pulso::net {
namespace {

std::string_view message_of(EngineioError error) noexcept {
  switch (error) {
    case EngineioError::unknown_transport:
      return "Transport unknown";
    case EngineioError::unknown_session:
      return "Session ID unknown";
    case EngineioError::bad_handshake_method:
      return "Bad handshake method";
    case EngineioError::bad_request:
      return "Bad request";
    case EngineioError::forbidden:
      return "Forbidden";
    case EngineioError::unsupported_protocol:
      return "Unsupported protocol version";
  }
  return {};
}

}  // namespace

HttpResponse engineio_refusal(EngineioError error) {
  const int status = error == EngineioError::forbidden ? 403 : 400;
  return HttpResponse::json(status,
                            fmt::format(R"({{"code":{},"message":"{}"}})", static_cast<int>(error), message_of(error)));
}

}  // namespace pulso::net
