#include "net/http_server.h"

#include <charconv>
#include <sys/resource.h>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include "net/http_connection.h"
#include "ops/log.h"

namespace pulso::net {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr int backlog = 4096;
constexpr milliseconds accept_pause{100};  ///< after the process ran out of descriptors
constexpr milliseconds drain_step{20};
constexpr milliseconds drain_spread{2'000};  ///< over which clients are sent away, at most half of the drain's time

}  // namespace

HttpService::HttpService(HttpOptions http_options, Router http_router, std::size_t shard_count, ops::Metrics& metrics)
    : options(std::move(http_options)),
      router(std::move(http_router)),
      limits(options.connections_per_address_max, options.requests_per_address),
      connections(shard_count),
      requests(metrics.counter("pulso_http_requests_total", "HTTP requests answered")),
      bad_requests(
          metrics.counter("pulso_http_bad_requests_total", "HTTP requests that were not well-formed or too large")),
      timeouts(metrics.counter("pulso_http_timeouts_total", "HTTP requests that arrived too slowly")),
      refused_connections(
          metrics.counter("pulso_connections_refused_total", "Connections over the limit of one address")),
      rate_limited(metrics.counter("pulso_http_rate_limited_total", "HTTP requests over the rate of one address")),
      request_seconds(
          metrics.histogram("pulso_http_request_seconds", "From a request's head to its answer's last byte")) {}

Result<ListenAddress> ListenAddress::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  const std::string message = "'" + std::string{text} + "' is not host:port";
  if (colon == std::string_view::npos) return fail(Errc::invalid_argument, message, "listen");
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  ListenAddress address{std::string{host}, 0};
  const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), address.port);
  if (error != std::errc{} || end != port_text.data() + port_text.size()) {
    return fail(Errc::invalid_argument, message, "listen");
  }
  if (address.host.empty() || address.host == "localhost")
    address.host = address.host.empty() ? "0.0.0.0" : "127.0.0.1";
  boost::system::error_code not_an_address;
  asio::ip::make_address(address.host, not_an_address);
  if (not_an_address) return fail(Errc::invalid_argument, message, "listen");
  return address;
}

/// One listening socket of one shard.
class HttpServer::Acceptor : public std::enable_shared_from_this<HttpServer::Acceptor> {
 public:
  Acceptor(HttpService& service, Shard& shard, std::shared_ptr<TlsContext> tls)
      : service_(service), shard_(shard), acceptor_(shard.context()), pause_(shard.context()), tls_(std::move(tls)) {}

  boost::system::error_code open(const tcp::endpoint& endpoint) {
    boost::system::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.set_option(ReusePort(true), error);
    if (!error && endpoint.address().is_v6()) acceptor_.set_option(asio::ip::v6_only(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(backlog, error);
    return error;
  }
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void accept() {
    acceptor_.async_accept(shard_.context(),
                           [self = shared_from_this()](const boost::system::error_code& error, Socket socket) {
                             if (error == asio::error::operation_aborted) return;
                             if (!error) {
                               self->admit(std::move(socket));
                               return self->accept();
                             }
                             // No descriptor, or a peer that has gone already: the others must not starve over it.
                             ops::log_warning("net", "accepting a connection failed", {{"error", error.message()}});
                             self->pause_.expires_after(accept_pause);
                             self->pause_.async_wait([self](const boost::system::error_code& stopped) {
                               if (!stopped) self->accept();
                             });
                           });
  }
  void close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }
  [[nodiscard]] Shard& shard() const noexcept { return shard_; }

 private:
  void admit(Socket socket) {
    boost::system::error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error) return;
    const std::string address = peer.address().to_string();
    const bool is_proxy = service_.options.is_trusted_proxy(address);
    auto ticket =
        service_.limits.admit(address, is_proxy ? ConnectionLimits::Peer::proxy : ConnectionLimits::Peer::client);
    if (!ticket) {
      service_.refused_connections.add();
      socket.set_option(asio::socket_base::linger(true, 0), error);
      return;
    }
    socket.set_option(tcp::no_delay(true), error);
    socket.native_non_blocking(true, error);
    if (error) return;
    SslPointer ssl;
    if (tls_) {
      ssl = tls_->create_ssl(socket.native_handle());
      if (!ssl) return;
    }
    Stream stream{std::move(socket), std::move(ssl)};
    stream.bound_unsent(true);
    std::make_shared<HttpConnection>(service_, shard_, std::move(stream), *std::move(ticket))->start();
  }

  HttpService& service_;
  Shard& shard_;
  asio::basic_socket_acceptor<tcp, asio::io_context::executor_type> acceptor_;
  asio::steady_timer pause_;
  std::shared_ptr<TlsContext> tls_;
};

HttpServer::HttpServer(std::vector<Shard*> shards, HttpOptions options, Router router, ops::Metrics& metrics)
    : shards_(std::move(shards)), service_(std::move(options), std::move(router), shards_.size(), metrics) {}

HttpServer::~HttpServer() = default;

Result<std::uint16_t> HttpServer::listen(const ListenAddress& address, std::shared_ptr<TlsContext> tls) {
  std::uint16_t port = address.port;
  for (Shard* shard : shards_) {
    auto acceptor = std::make_shared<Acceptor>(service_, *shard, tls);
    if (const auto error = acceptor->open({asio::ip::make_address(address.host), port})) {
      return fail(Errc::unavailable,
                  "cannot listen on " + address.host + ":" + std::to_string(port) + ": " + error.message(), "listen");
    }
    port = acceptor->port();  // every shard shares the port that the first one got
    acceptors_.push_back(acceptor);
    shard->post([acceptor] { acceptor->accept(); });
  }
  return port;
}

/// A drain under way. Each shard touches its own part only.
struct HttpServer::Drain {
  struct Part {
    explicit Part(Shard& shard) : timer(shard.context()) {}
    asio::steady_timer timer;
    std::size_t connections_left = 0;
  };
  explicit Drain(HttpServer& owner)
      : server(owner), acceptors_left(owner.acceptors_.size()), shards_left(owner.shards_.size()) {}
  HttpServer& server;
  std::function<void()> closed;
  std::function<void()> done;
  SteadyTime deadline;
  std::size_t connections_per_step = 1;
  std::atomic<std::size_t> acceptors_left;
  std::atomic<std::size_t> shards_left;
  std::vector<std::unique_ptr<Part>> parts;
};

void HttpServer::drain(milliseconds timeout, std::function<void()> closed, std::function<void()> done) {
  service_.is_draining = true;
  const auto spread = std::min(drain_spread, timeout / 2);
  const auto steps = static_cast<std::size_t>(std::max<std::int64_t>(1, spread / drain_step));
  auto drain = std::make_shared<Drain>(*this);
  drain->closed = std::move(closed);
  drain->done = std::move(done);
  drain->deadline = std::chrono::steady_clock::now() + timeout;
  drain->connections_per_step = service_.connection_count / shards_.size() / steps + 1;
  for (Shard* shard : shards_) drain->parts.push_back(std::make_unique<Drain::Part>(*shard));
  if (acceptors_.empty()) drain->closed();
  for (const auto& acceptor : acceptors_) {
    acceptor->shard().post([drain, acceptor] {
      acceptor->close();
      if (--drain->acceptors_left == 0) drain->closed();
    });
  }
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    shards_[i]->post([this, drain, i] {
      drain->parts[i]->connections_left = service_.connections[i].size();
      drain_slice(drain, i);
    });
  }
}

void HttpServer::drain_slice(const std::shared_ptr<Drain>& drain, std::size_t shard_index) {
  ConnectionList& list = drain->server.service_.connections[shard_index];
  Drain::Part& part = *drain->parts[shard_index];
  const bool is_over = std::chrono::steady_clock::now() >= drain->deadline;
  for (std::size_t i = 0; i < drain->connections_per_step && part.connections_left > 0 && !list.empty(); ++i) {
    --part.connections_left;
    list.rotate().drain();
  }
  if (is_over) {
    for (std::size_t left = list.size(); left > 0 && !list.empty(); --left) list.rotate().abort();
  }
  if (list.empty() || is_over) {
    if (--drain->shards_left == 0) drain->done();
    return;
  }
  part.timer.expires_after(drain_step);
  part.timer.async_wait([drain, shard_index](const boost::system::error_code& error) {
    if (!error) drain_slice(drain, shard_index);
  });
}

}  // namespace pulso::net
