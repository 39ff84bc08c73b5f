#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "auth/jwks_source.h"

namespace pulso::auth {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::use_awaitable;
using asio::ip::tcp;

struct Address {
  bool is_secure = true;
  std::string host;       ///< without brackets
  std::string authority;  ///< for `Host`
  std::string port;
  std::string target;
};

std::optional<Address> parse_address(const std::string& text) {
  const auto url = boost::urls::parse_uri(text);
  if (!url || url->has_userinfo() || url->host().empty()) return std::nullopt;
  Address address;
  address.is_secure = url->scheme() == "https";
  if (!address.is_secure && url->scheme() != "http") return std::nullopt;
  address.host = url->host_address();
  address.authority = url->encoded_host_and_port();
  address.port = url->has_port() ? std::string{url->port()} : address.is_secure ? "443" : "80";
  address.target = url->encoded_path().empty() ? "/" : std::string{url->encoded_path()};
  if (url->has_query()) address.target += "?" + std::string{url->encoded_query()};
  return address;
}

/// Runs a loop of its own for each read: it is one every few minutes, on a thread that may block.
class UrlJwksSource final : public JwksSource {
 public:
  UrlJwksSource(std::string url, Address address, milliseconds timeout)
      : url_(std::move(url)), address_(std::move(address)), timeout_(timeout) {}

  [[nodiscard]] const std::string& name() const noexcept override { return url_; }
  [[nodiscard]] bool is_remote() const noexcept override { return true; }

  [[nodiscard]] Result<std::string> read() override {
    asio::io_context loop{1};
    Result<std::string> text = fail(Errc::unavailable, "the server did not answer");
    asio::co_spawn(
        loop, [&]() -> asio::awaitable<void> { text = co_await (address_.is_secure ? fetch_secure() : fetch_plain()); },
        [&text](const std::exception_ptr& error) {
          try {
            if (error) std::rethrow_exception(error);
          } catch (const std::exception& failure) {
            text = fail(Errc::unavailable, failure.what());
          }
        });
    loop.run();
    return text;
  }

 private:
  asio::awaitable<void> connect(beast::tcp_stream& stream) const {
    const auto executor = co_await asio::this_coro::executor;
    tcp::resolver resolver{executor};
    const auto endpoints = co_await resolver.async_resolve(address_.host, address_.port, use_awaitable);
    stream.expires_after(timeout_);
    co_await stream.async_connect(endpoints, use_awaitable);
  }

  template <class Stream>
  asio::awaitable<Result<std::string>> exchange(Stream& stream) const {
    http::request<http::empty_body> request{http::verb::get, address_.target, 11};
    request.set(http::field::host, address_.authority);
    request.set(http::field::user_agent, "pulso");
    request.set(http::field::accept, "application/jwk-set+json, application/json");
    request.set(http::field::connection, "close");
    co_await http::async_write(stream, request, use_awaitable);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(jwks_bytes_max);
    co_await http::async_read(stream, buffer, parser, use_awaitable);
    if (parser.get().result() != http::status::ok) {
      co_return fail(Errc::unavailable, "the server answered " + std::to_string(parser.get().result_int()));
    }
    co_return std::move(parser.get().body());
  }

  asio::awaitable<Result<std::string>> fetch_plain() const {
    beast::tcp_stream stream{co_await asio::this_coro::executor};
    co_await connect(stream);
    co_return co_await exchange(stream);
  }

  asio::awaitable<Result<std::string>> fetch_secure() const {
    asio::ssl::context context{asio::ssl::context::tls_client};
    context.set_default_verify_paths();
    context.set_verify_mode(asio::ssl::verify_peer);
    beast::ssl_stream<beast::tcp_stream> stream{co_await asio::this_coro::executor, context};
    stream.set_verify_callback(asio::ssl::host_name_verification{address_.host});
    if (!SSL_set_tlsext_host_name(stream.native_handle(), address_.host.c_str())) co_return fail(Errc::internal);
    co_await connect(beast::get_lowest_layer(stream));
    co_await stream.async_handshake(asio::ssl::stream_base::client, use_awaitable);
    co_return co_await exchange(stream);  // closed without close_notify: the answer says its own length
  }

  const std::string url_;
  const Address address_;
  const milliseconds timeout_;
};

}  // namespace

Result<std::unique_ptr<JwksSource>> create_url_jwks_source(const std::string& url, milliseconds timeout) {
  auto address = parse_address(url);
  if (!address) return fail(Errc::invalid_argument, "a key set's URL begins with https:// or http://", "auth.jwks_url");
  return std::make_unique<UrlJwksSource>(url, *std::move(address), timeout);
}

}  // namespace pulso::auth
