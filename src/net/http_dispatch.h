#pragma once
#include <optional>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "net/connection_limits.h"
#include "net/http_compression.h"
#include "net/http_message.h"
#include "net/http_router.h"
#include "net/http_service.h"

namespace pulso::net {

// What becomes of a request whose head is there, whatever version of HTTP brought it.

/// A place of the client's for whom a trusted proxy speaks in this request, or nothing where the connection is its own.
/// Where it has all of them already it is an empty one, which lets no request pass.
[[nodiscard]] std::optional<ConnectionLimits::Ticket> take_client_place(HttpService& service,
                                                                        const HttpRequest& request,
                                                                        const ConnectionLimits::Ticket& connection);

/// The answer of a request that comes to no handler: the server drains, its address asks too often, it is a CORS
/// pre-flight, or no route takes it. Nothing when one does.
[[nodiscard]] std::optional<HttpResponse> answer_without_handler(HttpService& service, const HttpRequest& request,
                                                                 const Router::Match& match,
                                                                 const ConnectionLimits::Ticket& ticket,
                                                                 SteadyTime now);

/// The route's handler, or the fallback's. What it throws becomes a 500 and a line in the log.
[[nodiscard]] boost::asio::awaitable<HttpResponse> call_handler(const HttpHandler& handler, HttpRequest& request);

/// Puts the fields of a stream of events into its answer's head, and says how its pieces are coded.
[[nodiscard]] ContentCoding prepare_event_stream(const HttpRequest& request, HttpResponse& response);

}  // namespace pulso::net
