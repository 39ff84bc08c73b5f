#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "base/result.h"
#include "net/http_service.h"
#include "net/shard.h"
#include "net/tls_context.h"

namespace pulso::net {

/// Where to listen: `127.0.0.1:8001`, `[::1]:8001`, `0.0.0.0:443`. Port 0 takes a free one.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
  [[nodiscard]] static Result<ListenAddress> parse(std::string_view text);
};

/// The listeners of a process: each address has one acceptor a shard (`SO_REUSEPORT`), and a connection stays on the
/// shard that accepted it.
class HttpServer {
 public:
  HttpServer(std::vector<Shard*> shards, HttpOptions options, Router router, ops::Metrics& metrics);
  ~HttpServer();

  /// Binds before the shards are started or while they run; `tls` null means plaintext. Gives the port.
  [[nodiscard]] Result<std::uint16_t> listen(const ListenAddress& address, std::shared_ptr<TlsContext> tls);

  /// Stops accepting and lets every connection end: requests in flight are finished, WebSockets get 1012, a few at a
  /// time so that clients do not come back in one wave. Calls `closed` when nobody new can connect, then `done` when
  /// none is left, or after `timeout`, when the rest has been cut; each once, on any thread.
  void drain(milliseconds timeout, std::function<void()> closed, std::function<void()> done);

  [[nodiscard]] std::size_t connection_count() const noexcept { return service_.connection_count; }

 private:
  class Acceptor;
  struct Drain;
  static void drain_slice(const std::shared_ptr<Drain>& drain, std::size_t shard_index);

  std::vector<Shard*> shards_;
  HttpService service_;
  std::vector<std::shared_ptr<Acceptor>> acceptors_;
};

}  // namespace pulso::net
