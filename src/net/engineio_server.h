#pragma once
#include <atomic>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "net/engineio_session.h"
#include "net/http_message.h"
#include "net/http_router.h"
#include "net/outbox.h"
#include "net/websocket_deflate.h"
#include "ops/metrics.h"

namespace pulso::net {

/// Bounds of one Engine.IO endpoint; the defaults are those of Engine.IO's own server.
struct EngineioOptions {
  milliseconds ping_interval{25'000};
  milliseconds ping_timeout{20'000};
  milliseconds upgrade_timeout{10'000};
  std::size_t message_bytes_max = 1'000'000;  ///< `maxPayload`: of a message, and of a poll's body
  OutboxLimits outbox;
  DeflateOptions deflate;                ///< permessage-deflate
  std::size_t deflate_threshold = 1024;  ///< shorter messages go out plain
  std::size_t gzip_threshold = 1024;     ///< shorter answers to polls go out plain
  ops::Counter* slow_consumers = nullptr;
  ops::Gauge* sessions = nullptr;
};

/// Accepts a session by giving its listener, or refuses the handshake with an HTTP answer. On the shard that the
/// handshake came to, which becomes the session's.
using EngineioHandler =
    std::function<boost::asio::awaitable<std::expected<std::unique_ptr<EngineioListener>, HttpResponse>>(HttpRequest&)>;

/// An Engine.IO endpoint over HTTP long-polling, WebSocket and the upgrade between them.
class EngineioServer {
 public:
  virtual ~EngineioServer() = default;
  /// GET and POST of `path` (`/socket.io/`), and the WebSocket there.
  virtual void add_routes(Router& router, const std::string& path) = 0;
  /// Refuses new sessions and ends the polling ones, at most a slice of them at a time; WebSockets are the HTTP
  /// server's to close.
  virtual void begin_drain() = 0;
  [[nodiscard]] virtual std::size_t session_count() const noexcept = 0;
};

/// Everything outlives it; it is destroyed when the shards have stopped and discarded their handlers.
[[nodiscard]] std::unique_ptr<EngineioServer> create_engineio_server(std::vector<Shard*> shards,
                                                                     EngineioOptions options, EngineioHandler handler);

}  // namespace pulso::net
