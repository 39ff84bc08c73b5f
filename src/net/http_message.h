#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "net/event_stream.h"

namespace pulso::net {

class Shard;

/// Header fields in their order of arrival; names compare without case (RFC 9110 §5.1).
class HttpHeaders {
 public:
  void add(std::string name, std::string value) {
    if (fields_.empty()) fields_.reserve(usual_count);
    fields_.emplace_back(std::move(name), std::move(value));
  }
  /// Replaces every field of that name.
  void set(std::string name, std::string value);
  void remove(std::string_view name);
  /// The first field of that name, or empty.
  [[nodiscard]] std::string_view get(std::string_view name) const noexcept;
  [[nodiscard]] bool contains(std::string_view name) const noexcept;
  /// Whether a comma-separated list field (`Connection`, `Upgrade`, …) has this token.
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const noexcept;
  [[nodiscard]] auto begin() const noexcept { return fields_.begin(); }
  [[nodiscard]] auto end() const noexcept { return fields_.end(); }

 private:
  static constexpr std::size_t usual_count = 12;

  std::vector<std::pair<std::string, std::string>> fields_;
};

/// The connection of a request, for handlers that wait long.
class PeerWatch {
 public:
  /// Calls `gone` on the connection's shard, once, if the peer ends the connection before the handler has answered.
  virtual void on_peer_gone(std::function<void()> gone) = 0;

 protected:
  ~PeerWatch() = default;
};

/// A request as handlers see it: parsed, bounded and decoded. Owned by the connection while the handler runs.
struct HttpRequest {
  unsigned version = 11;  ///< 11 is HTTP/1.1, 10 is HTTP/1.0
  std::string method;     ///< upper case as sent: `GET`
  std::string target;     ///< raw request target, may hold secrets: log `path` instead
  std::string path;       ///< decoded and normalised: no `.`/`..` segments, no empty segments, begins with `/`
  std::vector<std::pair<std::string, std::string>> query;       ///< decoded, in order
  std::vector<std::pair<std::string, std::string>> parameters;  ///< `{name}` segments of the matched route
  HttpHeaders headers;
  std::string body;            ///< whole, at most the route's limit
  std::string remote_address;  ///< the peer, or what a trusted proxy says (`http.trusted_proxies`)
  std::string request_id;      ///< for logs and the `X-Request-Id` of the answer
  std::string traceparent;     ///< W3C Trace Context of this request, to be handed on
  bool secure = false;         ///< came over TLS
  bool keep_alive = true;
  Shard* shard = nullptr;     ///< where the connection lives
  PeerWatch* peer = nullptr;  ///< null where there is no connection, as in tests

  /// First query parameter of that name, or nothing.
  [[nodiscard]] std::optional<std::string_view> query_value(std::string_view name) const noexcept;
  /// Route parameter; empty when the route has none of that name.
  [[nodiscard]] std::string_view parameter(std::string_view name) const noexcept;
  [[nodiscard]] std::string_view cookie(std::string_view name) const noexcept;
};

/// A part of a file to be sent with sendfile.
struct FileBody {
  int descriptor = -1;  ///< owned: closed after sending
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// An answer. `Content-Length`, `Date`, `Connection`, `X-Request-Id` and CORS fields are added by the connection.
struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  std::string body;
  std::optional<FileBody> file;      ///< instead of `body`
  std::shared_ptr<const void> keep;  ///< keeps what `body_view` points to alive
  std::string_view body_view;        ///< instead of `body`, for embedded pages: not copied
  /// Instead of `body`, for answers that are made while they are sent: called until it gives an empty piece. Goes out
  /// chunked (RFC 9112 §7.1), to HTTP/1.0 until the connection ends. An exception cuts the connection, so that the
  /// client sees that the answer is not whole.
  std::function<boost::asio::awaitable<std::string>()> next_piece;
  std::optional<EventStreamBody> events;  ///< instead of `body`; HTTP/1 ends the connection with it
  bool close = false;                     ///< end the connection after this answer

  /// `Content-Type: application/json; charset=utf-8`, `Cache-Control: no-store`.
  [[nodiscard]] static HttpResponse json(int status, std::string body);
  [[nodiscard]] static HttpResponse text(int status, std::string body,
                                         std::string content_type = "text/plain; charset=utf-8");
  /// `Content-Type: text/event-stream`, never cached, changed or held back on its way.
  [[nodiscard]] static HttpResponse event_stream(EventStreamBody body);
  /// A stream that ends at once, after which its client waits for some seconds: for refusals that pass, since an
  /// EventSource gives up for good at whatever is not 200 (HTML Living Standard §9.2.3).
  [[nodiscard]] static HttpResponse passing_event_stream();
  /// `{"success":false,"code":…,"message":…}` with `field` when there is one.
  [[nodiscard]] static HttpResponse refusal(int status, std::string_view code, std::string_view message,
                                            std::string_view field = {});
};

}  // namespace pulso::net
