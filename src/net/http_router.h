#pragma once
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "net/http_message.h"
#include "net/websocket_connection.h"

namespace pulso::net {

/// Answers one request. The request lives until the coroutine ends. An exception becomes a 500 and a log line.
using HttpHandler = std::function<boost::asio::awaitable<HttpResponse>(HttpRequest&)>;
/// Accepts a WebSocket by giving its listener, or refuses the handshake with an HTTP answer.
using WebSocketHandler =
    std::function<boost::asio::awaitable<std::expected<std::unique_ptr<WebSocketListener>, HttpResponse>>(
        HttpRequest&)>;

/// Looks at a request while its body is on its way, on the connection's shard. Every `on_head` is followed by the
/// handler, or by `on_body_lost`, unless it refused the request.
class BodyObserver {
 public:
  /// The head is there. May refuse the request.
  [[nodiscard]] virtual std::optional<HttpResponse> on_head(const HttpRequest& request) = 0;
  /// The body did not come whole: cut, too slow, malformed or too long. The handler is not called.
  virtual void on_body_lost(const HttpRequest& request) = 0;

 protected:
  ~BodyObserver() = default;
};

/// A row of a feature's route table.
struct Route {
  std::string method;   ///< `GET` also answers HEAD
  std::string pattern;  ///< `/room/{room_id}/seats/{seat_id}`, `/qr/{qr_id}.svg`; a last `{path*}` takes the rest
  HttpHandler handler;
  std::size_t body_bytes_max = 1024 * 1024;  ///< a longer body is 413 without being read
  BodyObserver* body_observer = nullptr;     ///< outlives the router's use
  bool is_event_stream = false;              ///< refusals that pass are streams that end at once
};

struct WebSocketRoute {
  std::string pattern;
  WebSocketHandler handler;
  std::shared_ptr<const WebSocketOptions> options;
};

/// Routes of every feature, matched segment by segment, literal before parameter. Filled at start, then read-only and
/// shared by all shards. Each route also answers under `/api`.
class Router {
 public:
  void add(Route route);
  void add(WebSocketRoute route);
  /// Answers GETs that no route takes (pages and files).
  void set_fallback(HttpHandler handler) { fallback_ = std::move(handler); }

  struct Match {
    const Route* route = nullptr;
    const WebSocketRoute* websocket = nullptr;
    std::vector<std::pair<std::string, std::string>> parameters;
    std::string allow;  ///< methods that the path knows, when the asked one is not among them
  };
  [[nodiscard]] Match match(std::string_view method, std::string_view path) const;
  [[nodiscard]] const HttpHandler& fallback() const noexcept { return fallback_; }

 private:
  struct Pattern {
    std::vector<std::string> segments;
    std::size_t route_index;
    bool is_websocket;
  };
  void insert(Pattern pattern);

  std::vector<Pattern> patterns_;  ///< the least vague first
  std::vector<std::unique_ptr<Route>> routes_;
  std::vector<std::unique_ptr<WebSocketRoute>> websockets_;
  HttpHandler fallback_;
};

}  // namespace pulso::net
