#include "features/events/webhook_client.h"

#include <exception>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace pulso::events {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::use_awaitable;
using asio::ip::tcp;

constexpr std::size_t answer_bytes_max = 64 * 1024;  ///< of an answer's body, which nobody reads
constexpr int success_from = 200, success_to = 299;

/// Connects to the first address that may be called. The check is on what was resolved: a name may lead anywhere.
asio::awaitable<Result<void>> connect(beast::tcp_stream& stream, const WebhookAddress& address, bool allows_insecure) {
  tcp::resolver resolver{co_await asio::this_coro::executor};
  const auto found = co_await resolver.async_resolve(address.host, address.port, use_awaitable);
  std::vector<tcp::endpoint> endpoints;
  for (const auto& entry : found) {
    if (allows_insecure || !is_private_address(entry.endpoint().address().to_string())) {
      endpoints.push_back(entry.endpoint());
    }
  }
  if (endpoints.empty()) co_return fail(Errc::forbidden, "the address is a private one");
  co_await stream.async_connect(endpoints, use_awaitable);
  co_return Result<void>{};
}

template <class Stream>
asio::awaitable<Result<void>> exchange(Stream& stream, const WebhookCall& call) {
  http::request<http::string_body> request{http::verb::post, call.address.target, 11};
  request.set(http::field::host, call.address.authority);
  request.set(http::field::user_agent, "pulso");
  request.set(http::field::content_type, "application/json");
  request.set(http::field::connection, "close");
  request.set("X-Pulso-Event", call.event_type);
  request.set("X-Pulso-Event-Id", call.event_id);
  request.set("X-Pulso-Signature", call.signature);
  request.body() = call.body;
  request.prepare_payload();
  co_await http::async_write(stream, request, use_awaitable);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(answer_bytes_max);
  co_await http::async_read_header(stream, buffer, parser, use_awaitable);
  const int status = static_cast<int>(parser.get().result_int());
  if (status < success_from || status > success_to) {
    co_return fail(Errc::unavailable, "answered " + std::to_string(status));
  }
  co_return Result<void>{};
}

asio::awaitable<Result<void>> post(WebhookCall call, milliseconds timeout, bool allows_insecure) {
  if (!call.address.is_secure) {
    beast::tcp_stream stream{co_await asio::this_coro::executor};
    stream.expires_after(timeout);
    if (auto connected = co_await connect(stream, call.address, allows_insecure); !connected) co_return connected;
    co_return co_await exchange(stream, call);
  }
  asio::ssl::context context{asio::ssl::context::tls_client};
  context.set_default_verify_paths();
  context.set_verify_mode(asio::ssl::verify_peer);
  beast::ssl_stream<beast::tcp_stream> stream{co_await asio::this_coro::executor, context};
  stream.set_verify_callback(asio::ssl::host_name_verification{call.address.host});
  if (!SSL_set_tlsext_host_name(stream.native_handle(), call.address.host.c_str())) co_return fail(Errc::internal);
  beast::get_lowest_layer(stream).expires_after(timeout);
  auto connected = co_await connect(beast::get_lowest_layer(stream), call.address, allows_insecure);
  if (!connected) co_return connected;
  co_await stream.async_handshake(asio::ssl::stream_base::client, use_awaitable);
  co_return co_await exchange(stream, call);  // closed without close_notify: nothing more is to be said
}

}  // namespace

asio::awaitable<Result<void>> post_webhook(WebhookCall call, milliseconds timeout, bool allows_insecure) {
  try {
    co_return co_await post(std::move(call), timeout, allows_insecure);
  } catch (const boost::system::system_error& error) {
    co_return fail(Errc::unavailable, error.code().message());
  } catch (const std::exception& error) {
    co_return fail(Errc::unavailable, error.what());
  }
}

}  // namespace pulso::events
