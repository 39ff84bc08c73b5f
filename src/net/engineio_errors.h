#pragma once
#include <cstdint>

#include "net/http_message.h"

namespace pulso::net {

/// Why a request is refused, with the numbers of Engine.IO's own server.
enum class EngineioError : std::uint8_t {
  unknown_transport = 0,
  unknown_session = 1,
  bad_handshake_method = 2,
  bad_request = 3,
  forbidden = 4,
  unsupported_protocol = 5,
};

/// `{"code":0,"message":"Transport unknown"}`: 403 for `forbidden`, else 400.
[[nodiscard]] HttpResponse engineio_refusal(EngineioError error);

}  // namespace pulso::net
