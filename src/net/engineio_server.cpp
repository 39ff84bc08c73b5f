#include "net/engineio_server.h"

#include <functional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/encoding.h"
#include "net/engineio_connection.h"
#include "net/engineio_drain.h"
#include "net/engineio_service.h"
#include "net/engineio_websocket.h"
#include "net/http_compression.h"
#include "net/shard.h"

namespace pulso::net {
namespace {

namespace asio = boost::asio;

using Visit = std::move_only_function<asio::awaitable<EngineioPollAnswer>(EngineioConnection&)>;

asio::awaitable<EngineioPollAnswer> visit(std::weak_ptr<EngineioConnection> session, Visit work) {
  const auto held = session.lock();
  if (!held) co_return EngineioPollAnswer{EngineioError::unknown_session, {}};
  co_return co_await work(*held);
}

/// Does `work` on the session's shard and comes back to that of the request.
asio::awaitable<EngineioPollAnswer> visit_home(const Shard* here, EngineioPlace place, Visit work) {
  if (place.shard == here) co_return co_await visit(std::move(place.session), std::move(work));
  co_return co_await asio::co_spawn(place.shard->context(), visit(std::move(place.session), std::move(work)),
                                    asio::use_awaitable);
}

/// A POST's body, on the session's shard.
asio::awaitable<EngineioPollAnswer> take_in(EngineioConnection& session, bool is_text, std::string body) {
  if (is_text) co_return co_await session.receive(body);
  session.finish(EngineioCloseReason::transport_error);
  co_return EngineioPollAnswer{EngineioError::bad_request, {}};
}

/// The session that a request names, or empty.
std::string_view session_id(const HttpRequest& request) noexcept {
  return request.query_value("sid").value_or(std::string_view{});
}

HttpResponse refuse_draining() {
  HttpResponse response = HttpResponse::refusal(503, "draining", "The server is restarting; try again in a moment.");
  response.headers.add("Retry-After", "1");
  return response;
}

HttpResponse answer_text(std::string body) {
  HttpResponse response = HttpResponse::text(200, std::move(body), "text/plain; charset=UTF-8");
  response.headers.add("Cache-Control", "no-store");
  return response;
}

/// Until the end of its scope a body of that session is being taken in.
struct PostInFlight {
  EngineioRegistry& registry;
  std::string_view id;
  ~PostInFlight() { registry.end_post(id); }
};

class Server final : public EngineioServer, private BodyObserver {
 public:
  Server(std::vector<Shard*> shards, const EngineioOptions& options, EngineioHandler handler)
      : shards_(std::move(shards)), service_(options), handler_(std::move(handler)) {}

  void add_routes(Router& router, const std::string& path) override {
    const std::string pattern = path.size() > 1 && path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
    const EngineioOptions& options = service_.options;
    auto websocket = std::make_shared<WebSocketOptions>();
    websocket->message_bytes_max = options.message_bytes_max;
    websocket->outbox = options.outbox;
    websocket->ping_interval = milliseconds{0};  // Engine.IO has its own
    websocket->deflate = options.deflate;
    websocket->deflate_threshold = options.deflate_threshold;
    websocket->takes_any_subprotocol = true;  // as Engine.IO's own server does
    websocket->slow_consumers = options.slow_consumers;
    router.add(WebSocketRoute{pattern, [this](HttpRequest& request) { return accept_websocket(request); }, websocket});
    router.add(Route{
        .method = "GET", .pattern = pattern, .handler = [this](HttpRequest& request) { return answer_get(request); }});
    router.add(Route{.method = "POST",
                     .pattern = pattern,
                     .handler = [this](HttpRequest& request) { return answer_post(request); },
                     .body_bytes_max = options.message_bytes_max,
                     .body_observer = this});
    for (const char* method : {"PUT", "PATCH", "DELETE"}) {
      router.add(Route{.method = method, .pattern = pattern, .handler = [this](HttpRequest& request) {
                         return answer_other(request);
                       }});
    }
  }

  void begin_drain() override {
    service_.is_draining = true;
    std::vector<std::vector<std::weak_ptr<EngineioConnection>>> sessions(shards_.size());
    for (EngineioPlace& place : service_.registry.all()) {
      sessions[place.shard->index()].push_back(std::move(place.session));
    }
    for (Shard* shard : shards_) {
      drains_.push_back(std::make_unique<EngineioDrain>(*shard, std::move(sessions[shard->index()])));
      shard->post([drain = drains_.back().get()] { drain->start(); });
    }
  }

  [[nodiscard]] std::size_t session_count() const noexcept override { return service_.registry.size(); }

 private:
  /// Where the session of a request lives; an empty place for a handshake.
  std::expected<EngineioPlace, EngineioError> check(const HttpRequest& request, bool is_websocket) const {
    const auto transport = request.query_value("transport").value_or(std::string_view{});
    if (transport != "polling" && transport != "websocket") return std::unexpected{EngineioError::unknown_transport};
    const bool fits = is_websocket == (transport == "websocket");
    const bool is_revision_4 = request.query_value("EIO") == "4";
    if (const auto id = session_id(request); !id.empty()) {
      auto place = service_.registry.find(id);
      if (!place) return std::unexpected{EngineioError::unknown_session};
      if (!fits || !is_revision_4) return std::unexpected{EngineioError::bad_request};
      return *std::move(place);
    }
    if (request.method != "GET") return std::unexpected{EngineioError::bad_handshake_method};
    if (!fits) return std::unexpected{EngineioError::bad_request};
    if (!is_revision_4) return std::unexpected{EngineioError::unsupported_protocol};
    return EngineioPlace{};
  }

  asio::awaitable<std::expected<std::unique_ptr<WebSocketListener>, HttpResponse>> accept_websocket(
      HttpRequest& request) {
    auto place = check(request, true);
    if (!place) co_return std::unexpected{engineio_refusal(place.error())};
    if (place->shard) co_return std::make_unique<EngineioWebSocket>(service_, *std::move(place));
    if (service_.is_draining) co_return std::unexpected{refuse_draining()};
    auto listener = co_await handler_(request);
    if (!listener) co_return std::unexpected{std::move(listener.error())};
    co_return std::make_unique<EngineioWebSocket>(service_, *std::move(listener));
  }

  asio::awaitable<HttpResponse> answer_get(HttpRequest& request) {
    auto place = check(request, false);
    if (!place) co_return engineio_refusal(place.error());
    if (!place->shard) {
      if (service_.is_draining) co_return refuse_draining();
      auto listener = co_await handler_(request);
      if (!listener) co_return std::move(listener.error());
      co_return answer_text(EngineioConnection::create(service_, *request.shard, *std::move(listener))->open());
    }
    if (request.method != "GET") co_return engineio_refusal(EngineioError::bad_request);
    co_return co_await answer_poll(request, *std::move(place));
  }

  asio::awaitable<HttpResponse> answer_poll(HttpRequest& request, EngineioPlace place) {
    const void* const poll = &request;  // names it while it waits
    if (request.peer) {
      request.peer->on_peer_gone([place, poll] {
        place.shard->post([session = place.session, poll] {
          if (const auto held = session.lock()) held->on_poll_lost(poll);
        });
      });
    }
    EngineioPollAnswer answer = co_await visit_home(request.shard, std::move(place),
                                                    [poll](EngineioConnection& session) { return session.poll(poll); });
    if (answer.error) co_return engineio_refusal(*answer.error);
    const ContentCoding coding = answer.payload.size() < service_.options.gzip_threshold
                                     ? ContentCoding::identity
                                     : choose_coding(request.headers.get("Accept-Encoding"));
    const bool is_coded = coding != ContentCoding::identity;
    HttpResponse response = answer_text(is_coded ? compress(answer.payload, coding) : std::move(answer.payload));
    if (is_coded) response.headers.add("Content-Encoding", std::string{name_of(coding)});
    if (!answer.cookie.empty()) response.headers.add("Set-Cookie", std::move(answer.cookie));
    co_return response;
  }

  asio::awaitable<HttpResponse> answer_post(HttpRequest& request) {
    const PostInFlight in_flight{service_.registry, session_id(request)};
    auto place = check(request, false);
    if (!place) co_return engineio_refusal(place.error());
    // Revision 4 has text only: bytes come as base64.
    const bool is_text = !equals_ignoring_case(request.headers.get("Content-Type"), "application/octet-stream");
    const EngineioPollAnswer answer =
        co_await visit_home(request.shard, *std::move(place),
                            [is_text, body = std::move(request.body)](EngineioConnection& session) mutable {
                              return take_in(session, is_text, std::move(body));
                            });
    co_return answer.error ? engineio_refusal(*answer.error) : answer_text("ok");
  }

  asio::awaitable<HttpResponse> answer_other(HttpRequest& request) {
    const auto place = check(request, false);
    co_return engineio_refusal(place ? EngineioError::bad_request : place.error());
  }

  std::optional<HttpResponse> on_head(const HttpRequest& request) override {
    const auto id = session_id(request);
    if (id.empty() || service_.registry.begin_post(id)) return std::nullopt;
    fail(id);
    return engineio_refusal(EngineioError::bad_request);
  }

  void on_body_lost(const HttpRequest& request) override {
    const auto id = session_id(request);
    if (id.empty()) return;
    service_.registry.end_post(id);
    fail(id);
  }

  void fail(std::string_view id) {
    const auto place = service_.registry.find(id);
    if (!place) return;
    const auto finish = [session = place->session] {
      if (const auto held = session.lock(); held && held->is_polling()) {
        held->finish(EngineioCloseReason::transport_error);
      }
    };
    // At once where it can be: what a loop posts to itself stands behind what others post meanwhile, the poll of a
    // client that has read our refusal among it.
    if (Shard::current() == place->shard) return finish();
    place->shard->post(finish);
  }

  std::vector<Shard*> shards_;
  EngineioService service_;
  EngineioHandler handler_;
  std::vector<std::unique_ptr<EngineioDrain>> drains_;
};

}  // namespace

std::unique_ptr<EngineioServer> create_engineio_server(std::vector<Shard*> shards, EngineioOptions options,
                                                       EngineioHandler handler) {
  return std::make_unique<Server>(std::move(shards), options, std::move(handler));
}

}  // namespace pulso::net
