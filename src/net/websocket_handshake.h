#pragma once
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/http_message.h"
#include "net/websocket_deflate.h"

namespace pulso::net {

/// What a server answers to a client's handshake (RFC 6455 §4.2.2).
struct WebSocketHandshake {
  std::string accept;                       ///< `Sec-WebSocket-Accept`
  std::string subprotocol;                  ///< the chosen one, or empty
  std::string extensions;                   ///< `Sec-WebSocket-Extensions`, or empty
  std::optional<DeflateAgreement> deflate;  ///< what `extensions` says
};

/// Whether a request asks for a WebSocket. `Connection: upgrade` without `Upgrade` (some proxies send it with
/// everything) does not.
[[nodiscard]] bool is_websocket_request(const HttpRequest& request) noexcept;

/// Checks a handshake (RFC 6455 §4.2.1): 405 for a method other than GET, 426 for another version (with the one that is
/// spoken), else 400. Of the client's subprotocols none is chosen, or with `takes_any_subprotocol` its first.
[[nodiscard]] std::expected<WebSocketHandshake, HttpResponse> check_websocket_handshake(
    const HttpRequest& request, const DeflateOptions& deflate, bool takes_any_subprotocol = false);

/// The whole 101 answer.
[[nodiscard]] std::string websocket_response_head(const WebSocketHandshake& handshake);

/// `Sec-WebSocket-Accept` for a key (RFC 6455 §4.2.2, step 5.4).
[[nodiscard]] std::string websocket_accept(std::string_view key);

/// An agreement and the field that states it.
struct DeflateAnswer {
  DeflateAgreement agreement;
  std::string field;
};

/// Chooses the first acceptable permessage-deflate offer out of `Sec-WebSocket-Extensions` (RFC 7692 §5, §7.1). An
/// offer with an unknown, repeated or ill-valued parameter is passed over, as is a field that does not parse.
[[nodiscard]] std::optional<DeflateAnswer> negotiate_deflate(std::string_view extensions,
                                                             const DeflateOptions& options);

}  // namespace pulso::net
