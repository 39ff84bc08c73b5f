#include "net/http_connection.h"

#include <algorithm>
#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/event_stream_connection.h"
#include "net/http2_connection.h"
#include "net/http_dispatch.h"
#include "net/http_origin.h"
#include "net/http_request_context.h"
#include "net/http_response_head.h"
#include "net/shard.h"
#include "net/websocket_connection.h"
#include "net/websocket_handshake.h"
#include "ops/log.h"

namespace pulso::net {
namespace asio = boost::asio;

HttpConnection::HttpConnection(HttpService& service, Shard& shard, Stream stream, ConnectionLimits::Ticket ticket)
    : service_(service), shard_(shard), stream_(std::move(stream)), ticket_(std::move(ticket)) {
  service_.connections[shard.index()].add(*this);
  ++service_.connection_count;
}

HttpConnection::~HttpConnection() {
  --service_.connection_count;
}

void HttpConnection::start() {
  asio::co_spawn(
      shard_.context(), [self = shared_from_this()]() -> asio::awaitable<void> { return self->serve(); },
      [self = shared_from_this()](const std::exception_ptr& error) {
        if (!error) return;
        try {
          std::rethrow_exception(error);
        } catch (const std::exception& e) {
          ops::log_error("net", "an HTTP connection ended by an exception", {{"error", e.what()}});
        }
      });
}

void HttpConnection::arm(milliseconds delay) {
  shard_.wheel().arm(*this, delay);
}

void HttpConnection::on_timer() {
  is_timed_out_ = true;
  stream_.cancel();
}

void HttpConnection::drain() {
  is_ending_ = true;
  if (is_idle_) stream_.cancel();
}

void HttpConnection::abort() {
  is_ending_ = true;
  stream_.close();
}

asio::awaitable<bool> HttpConnection::wait(Stream::WaitType type) {
  boost::system::error_code error;
  co_await stream_.wait(type, asio::redirect_error(asio::use_awaitable, error));
  co_return !error && !is_timed_out_ && stream_.is_open();
}

asio::awaitable<bool> HttpConnection::handshake() {
  if (!stream_.is_secure()) co_return true;
  arm(service_.options.header_timeout);
  while (true) {
    const IoResult step = stream_.handshake();
    if (step.status == IoStatus::ok) co_return true;
    if (step.status == IoStatus::wants_read) {
      if (!co_await wait(Stream::WaitType::wait_read)) co_return false;
    } else if (step.status == IoStatus::wants_write) {
      if (!co_await wait(Stream::WaitType::wait_write)) co_return false;
    } else {
      co_return false;
    }
  }
}

asio::awaitable<void> HttpConnection::serve() {
  if (!co_await handshake()) co_return;
  if (stream_.application_protocol() == "h2") {
    shard_.wheel().cancel(*this);
    std::make_shared<Http2Connection>(service_, shard_, std::move(stream_), std::move(ticket_))->start();
    co_return;
  }
  arm(service_.options.header_timeout);
  for (bool first = true;; first = false) {
    HttpParser parser{service_.options.header_bytes_max};
    is_idle_ = pending_.empty();
    if (!first) {
      if (is_ending_ && is_idle_) break;
      arm(is_idle_ ? service_.options.keep_alive_timeout : service_.options.header_timeout);
      if (is_idle_) {
        if (!co_await read_more()) break;
        arm(service_.options.header_timeout);
      }
    }
    is_idle_ = first && pending_.empty();
    const bool has_head = co_await read_until(parser, HttpParser::State::body);
    is_idle_ = false;
    if (!has_head && parser.state() != HttpParser::State::failed) {
      if (is_timed_out_ && !pending_.empty()) {  // RFC 9110 §15.5.9; a silent peer is only closed
        service_.timeouts.add();
        is_timed_out_ = false;
        arm(linger_timeout);
        co_await write_response(
            {}, HttpResponse::refusal(408, "request_timeout", "The request took too long to arrive."), false);
      }
      break;
    }
    service_.requests.add();
    const SteadyTime started = shard_.now();
    const Next next = co_await answer(parser);
    service_.request_seconds.observe(std::chrono::duration<double>(shard_.now() - started).count());
    if (next == Next::handed_over) co_return;
    if (next == Next::close) {
      co_await linger();
      break;
    }
  }
  shard_.wheel().cancel(*this);
  stream_.shutdown();
  stream_.close();
}

asio::awaitable<bool> HttpConnection::read_more() {
  while (true) {
    const std::span<char> buffer = shard_.read_buffer();
    const IoResult got = stream_.read_some(buffer);
    if (got.status == IoStatus::ok) {
      pending_.append(buffer.data(), got.bytes);
      co_return true;
    }
    if (got.status == IoStatus::wants_read) {
      if (!co_await wait(Stream::WaitType::wait_read)) co_return false;
    } else if (got.status == IoStatus::wants_write) {
      if (!co_await wait(Stream::WaitType::wait_write)) co_return false;
    } else {
      co_return false;
    }
  }
}

asio::awaitable<bool> HttpConnection::read_until(HttpParser& parser, HttpParser::State wanted) {
  while (true) {
    if (!pending_.empty()) {
      const std::size_t used = parser.feed(pending_);
      pending_.erase(0, used);
    }
    if (parser.state() == HttpParser::State::failed) co_return false;
    if (parser.state() >= wanted) co_return true;
    if (!co_await read_more()) co_return false;
  }
}

asio::awaitable<HttpConnection::Next> HttpConnection::answer(HttpParser& parser) {
  HttpRequest& request = parser.request();
  request.shard = &shard_;
  request.peer = this;
  request.secure = stream_.is_secure();
  request.remote_address = ticket_.address();
  complete_request(request, service_.options);
  if (parser.state() != HttpParser::State::failed) {
    auto client = take_client_place(service_, request, ticket_);
    const Router::Match match = service_.router.match(request.method, request.path);
    if (match.websocket && is_websocket_request(request) && parser.state() == HttpParser::State::complete &&
        !service_.is_draining) {
      request.parameters = match.parameters;
      shard_.wheel().cancel(*this);
      co_return co_await upgrade(request, *match.websocket, std::move(client));
    }
    request.parameters = match.parameters;
    HttpResponse response = co_await respond(parser, match, client ? *client : ticket_);
    if (parser.state() != HttpParser::State::failed) {
      if (response.events && request.method != "HEAD") {
        if (client) ticket_ = *std::move(client);
        co_return co_await become_event_stream(request, std::move(response));
      }
      const bool ends_by_closing = response.next_piece && request.version < 11;
      const bool keep_alive = request.keep_alive && !response.close && !ends_by_closing &&
                              parser.state() == HttpParser::State::complete && !is_ending_ && !service_.is_draining;
      if (!co_await write_response(request, std::move(response), keep_alive)) co_return Next::close;
      co_return keep_alive ? Next::keep_alive : Next::close;
    }
  }
  service_.bad_requests.add();
  is_timed_out_ = false;
  co_await write_response(
      request, HttpResponse::refusal(parser.failure_status(), parser.failure_code(), parser.failure_message()), false);
  co_return Next::close;
}

asio::awaitable<HttpResponse> HttpConnection::respond(HttpParser& parser, const Router::Match& match,
                                                      const ConnectionLimits::Ticket& place) {
  HttpRequest& request = parser.request();
  if (auto answer = answer_without_handler(service_, request, match, place, shard_.now())) co_return *std::move(answer);
  BodyObserver* const observer = match.route ? match.route->body_observer : nullptr;
  if (observer) {
    if (auto refusal = observer->on_head(request)) co_return *std::move(refusal);
  }
  parser.set_body_bytes_max(match.route ? match.route->body_bytes_max : 0);
  if (parser.state() == HttpParser::State::body) {
    arm(service_.options.body_timeout);
    const bool is_asked_for = !parser.expects_continue() || co_await write_all("HTTP/1.1 100 Continue\r\n\r\n");
    if (!is_asked_for || !co_await read_until(parser, HttpParser::State::complete)) {
      if (observer) observer->on_body_lost(request);
      // Failed bodies are answered by the caller; one that stopped coming has nobody left to answer.
      HttpResponse response =
          HttpResponse::refusal(408, "request_timeout", "The request's body took too long to arrive.");
      if (is_timed_out_) service_.timeouts.add();
      is_timed_out_ = false;
      response.close = true;
      co_return response;
    }
  }
  if (parser.state() == HttpParser::State::failed) {
    if (observer) observer->on_body_lost(request);
    co_return HttpResponse{};
  }
  shard_.wheel().cancel(*this);
  HttpResponse response =
      co_await call_handler(match.route ? match.route->handler : service_.router.fallback(), request);
  if (std::exchange(peer_gone_, nullptr)) stream_.cancel();
  co_return response;
}

void HttpConnection::on_peer_gone(std::function<void()> gone) {
  peer_gone_ = std::move(gone);
  watch_peer();
}

void HttpConnection::watch_peer() {
  stream_.wait(Stream::WaitType::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
    if (error || !self->peer_gone_) return;
    const std::span<char> buffer = self->shard_.read_buffer();
    const IoResult got = self->stream_.read_some(buffer);
    if (got.status == IoStatus::closed || got.status == IoStatus::failed) {
      return std::exchange(self->peer_gone_, nullptr)();
    }
    self->pending_.append(buffer.data(), got.bytes);
    // A peer that sends its next requests ahead is there; how many of them are held here has to end somewhere.
    if (self->pending_.size() <= self->service_.options.header_bytes_max) self->watch_peer();
  });
}

asio::awaitable<HttpConnection::Next> HttpConnection::upgrade(HttpRequest& request, const WebSocketRoute& route,
                                                              std::optional<ConnectionLimits::Ticket> client) {
  std::optional<HttpResponse> refusal;
  if (!(client ? *client : ticket_).take_request(shard_.now())) {
    service_.rate_limited.add();
    refusal = HttpResponse::refusal(429, "rate_limited", "Too many requests from this address.");
    refusal->headers.add("Retry-After", "1");
  } else if (!is_origin_allowed(request, service_.options)) {
    refusal = HttpResponse::refusal(403, "bad_origin", "This origin may not open a WebSocket here.");
  }
  auto handshake = check_websocket_handshake(request, route.options->deflate, route.options->takes_any_subprotocol);
  if (!refusal && !handshake) refusal = std::move(handshake.error());
  std::unique_ptr<WebSocketListener> listener;
  if (!refusal) {
    try {
      auto accepted = co_await route.handler(request);
      if (accepted) {
        listener = std::move(*accepted);
      } else {
        refusal = std::move(accepted.error());
      }
    } catch (const std::exception& error) {
      ops::log_error("net", "a WebSocket handler failed", {{"path", request.path}, {"error", error.what()}});
      refusal = HttpResponse::refusal(500, "internal", "Something went wrong on the server.");
    }
  }
  if (refusal) {
    const bool keep_alive = request.keep_alive && !refusal->close && !is_ending_;
    if (!co_await write_response(request, *std::move(refusal), keep_alive)) co_return Next::close;
    co_return keep_alive ? Next::keep_alive : Next::close;
  }
  arm(service_.options.write_timeout);
  if (!co_await write_all(websocket_response_head(*handshake))) co_return Next::close;
  shard_.wheel().cancel(*this);
  if (!stream_.is_open()) co_return Next::close;
  bound_unsent(true);
  if (client) ticket_ = *std::move(client);  // from now on it is that client's connection, not the proxy's
  become_websocket(route, handshake->deflate, std::move(listener));
  co_return Next::handed_over;
}

void HttpConnection::become_websocket(const WebSocketRoute& route, const std::optional<DeflateAgreement>& deflate,
                                      std::unique_ptr<WebSocketListener> listener) {
  Shard* const home = listener->home();
  const auto begin = [&service = service_, options = route.options, deflate](
                         Shard& shard, Stream stream, ConnectionLimits::Ticket ticket,
                         std::unique_ptr<WebSocketListener> owner, std::string_view early) {
    if (!stream.is_open()) return;
    auto connection = std::make_shared<WebSocketConnection>(
        ConnectionPlace{shard, service.connections[shard.index()], service.connection_count}, std::move(stream),
        std::move(ticket), options, deflate, std::move(owner));
    connection->start(early);
    if (service.is_draining) connection->close(close_code::service_restart, "restarting");
  };
  if (!home || home == &shard_) {
    return begin(shard_, std::move(stream_), std::move(ticket_), std::move(listener), pending_);
  }
  home->post([begin, home, stream = stream_.depart(), ticket = std::move(ticket_), owner = std::move(listener),
              early = std::move(pending_)]() mutable {
    begin(*home, Stream{home->context(), std::move(stream)}, std::move(ticket), std::move(owner), early);
  });
}

asio::awaitable<HttpConnection::Next> HttpConnection::become_event_stream(const HttpRequest& request,
                                                                          HttpResponse response) {
  const ContentCoding coding = prepare_event_stream(request, response);
  add_cors_fields(request, service_.options, response.headers);
  arm(service_.options.write_timeout);
  if (!co_await write_all(http_response_head(request, response, false))) co_return Next::close;
  shard_.wheel().cancel(*this);
  if (!stream_.is_open()) co_return Next::close;
  bound_unsent(true);
  const auto stream = std::make_shared<EventStreamConnection>(
      ConnectionPlace{shard_, service_.connections[shard_.index()], service_.connection_count}, std::move(stream_),
      std::move(ticket_), *std::move(response.events), coding);
  stream->start();
  if (service_.is_draining) stream->drain();
  co_return Next::handed_over;
}

}  // namespace pulso::net
