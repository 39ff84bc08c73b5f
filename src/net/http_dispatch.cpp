#include "net/http_dispatch.h"

#include <exception>

#include "net/http_origin.h"
#include "net/websocket_handshake.h"
#include "ops/log.h"

namespace pulso::net {

std::optional<ConnectionLimits::Ticket> take_client_place(HttpService& service, const HttpRequest& request,
                                                          const ConnectionLimits::Ticket& connection) {
  if (request.remote_address == connection.address()) return std::nullopt;
  auto place = service.limits.admit(request.remote_address);
  if (!place) service.refused_connections.add();
  return std::move(place).value_or(ConnectionLimits::Ticket{});
}

std::optional<HttpResponse> answer_without_handler(HttpService& service, const HttpRequest& request,
                                                   const Router::Match& match, const ConnectionLimits::Ticket& ticket,
                                                   SteadyTime now) {
  const bool is_event_stream = match.route && match.route->is_event_stream;
  if (service.is_draining) {
    if (is_event_stream) return HttpResponse::passing_event_stream();
    HttpResponse response = HttpResponse::refusal(503, "draining", "The server is restarting; try again in a moment.");
    response.headers.add("Retry-After", "1");
    return response;
  }
  if (!ticket.take_request(now)) {
    service.rate_limited.add();
    if (is_event_stream) return HttpResponse::passing_event_stream();
    HttpResponse response = HttpResponse::refusal(429, "rate_limited", "Too many requests from this address.");
    response.headers.add("Retry-After", "1");
    return response;
  }
  if (is_preflight(request)) return answer_preflight(request, match.allow.empty() ? "GET, HEAD" : match.allow);
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (!match.route && !match.allow.empty()) {
    HttpResponse response = HttpResponse::refusal(405, "method_not_allowed", "This path does not know that method.");
    response.headers.add("Allow", match.allow);
    return response;
  }
  if (!match.route && match.websocket) {
    HttpResponse response = is_websocket_request(request)
                                ? HttpResponse::refusal(400, "bad_handshake", "A WebSocket handshake has no body.")
                                : HttpResponse::refusal(426, "upgrade_required", "This path speaks WebSocket.");
    response.headers.add("Upgrade", "websocket");
    return response;
  }
  if (!match.route && (!reads || !service.router.fallback())) {
    return HttpResponse::refusal(404, "not_found", "There is nothing at this path.");
  }
  return std::nullopt;
}

boost::asio::awaitable<HttpResponse> call_handler(const HttpHandler& handler, HttpRequest& request) {
  try {
    co_return co_await handler(request);
  } catch (const std::exception& error) {
    ops::log_error("net", "a handler failed",
                   {{"path", request.path}, {"request_id", request.request_id}, {"error", error.what()}});
  }
  co_return HttpResponse::refusal(500, "internal", "Something went wrong on the server.");
}

ContentCoding prepare_event_stream(const HttpRequest& request, HttpResponse& response) {
  const ContentCoding coding = choose_coding(request.headers.get("Accept-Encoding"));
  response.headers.add("Vary", "Accept-Encoding");
  if (coding != ContentCoding::identity) response.headers.add("Content-Encoding", std::string{name_of(coding)});
  return coding;
}

}  // namespace pulso::net
