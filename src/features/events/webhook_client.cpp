#include "features/events/webhook_client.h"

#include <chrono>
#include <exception>
#include <utility>

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

constexpr std::size_t answer_bytes_max = 64 * 1024;  ///< of an answer's body, which nobody reads
constexpr int success_from = 200, success_to = 299;

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

/// Until `deadline`, the steps together.
asio::awaitable<Result<void>> send(const WebhookCall& call, const WebhookLookups::Endpoints& endpoints,
                                   SteadyTime deadline) {
  if (!call.address.is_secure) {
    beast::tcp_stream stream{co_await asio::this_coro::executor};
    stream.expires_at(deadline);
    co_await stream.async_connect(endpoints, use_awaitable);
    co_return co_await exchange(stream, call);
  }
  asio::ssl::context context{asio::ssl::context::tls_client};
  context.set_default_verify_paths();
  context.set_verify_mode(asio::ssl::verify_peer);
  beast::ssl_stream<beast::tcp_stream> stream{co_await asio::this_coro::executor, context};
  stream.set_verify_callback(asio::ssl::host_name_verification{call.address.host});
  if (!SSL_set_tlsext_host_name(stream.native_handle(), call.address.host.c_str())) co_return fail(Errc::internal);
  beast::get_lowest_layer(stream).expires_at(deadline);
  co_await beast::get_lowest_layer(stream).async_connect(endpoints, use_awaitable);
  co_await stream.async_handshake(asio::ssl::stream_base::client, use_awaitable);
  co_return co_await exchange(stream, call);  // closed without close_notify: nothing more is to be said
}

}  // namespace

WebhookClient::WebhookClient(asio::any_io_executor executor, WebhookPolicy policy, WebhookLookups::LookUp look_up)
    : policy_(policy), lookups_(std::move(executor), std::move(look_up)) {}

asio::awaitable<Result<WebhookLookups::Endpoints>> WebhookClient::find(const WebhookAddress& address) {
  auto endpoints = co_await lookups_.resolve(address.host, address.port, policy_.timeout);
  if (!endpoints || policy_.allows_insecure) co_return endpoints;
  std::erase_if(*endpoints, [](const auto& each) { return is_private_address(each.address().to_string()); });
  if (endpoints->empty()) co_return fail(Errc::forbidden, "the address is a private one");
  co_return endpoints;
}

asio::awaitable<Result<void>> WebhookClient::post(WebhookCall call) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + policy_.timeout;
  try {
    auto endpoints = co_await find(call.address);
    if (!endpoints) co_return fail(endpoints);
    co_return co_await send(call, *endpoints, deadline);
  } catch (const boost::system::system_error& error) {
    co_return fail(Errc::unavailable, error.code().message());
  } catch (const std::exception& error) {
    co_return fail(Errc::unavailable, error.what());
  }
}

}  // namespace pulso::events
