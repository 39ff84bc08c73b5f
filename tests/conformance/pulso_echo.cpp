// A server for outside protocol suites, made of the product's own transport code: see README.md here. Loopback only.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>

#include "bus/redis_bus.h"
#include "bus/redis_client.h"
#include "net/engineio_server.h"
#include "net/http_server.h"
#include "net/shard.h"
#include "net/static_files.h"
#include "net/websocket_encoder.h"
#include "ops/log.h"
#include "ops/metrics.h"
#include "socketio_modes.h"
#include "sse_mode.h"

namespace {

using namespace pulso;

/// Sends back every message as it came: text as text, binary as binary.
class EchoListener final : public net::WebSocketListener {
 public:
  void on_open(net::WebSocketConnection& connection) override { connection_ = &connection; }
  void on_message(std::string_view payload, bool is_text) override { connection_->send_message(payload, is_text); }
  void on_close(std::uint16_t) override {}

 private:
  net::WebSocketConnection* connection_ = nullptr;
};

net::WebSocketRoute websocket_route(std::size_t message_bytes_max) {
  auto options = std::make_shared<net::WebSocketOptions>();
  options->message_bytes_max = message_bytes_max;
  options->fragments_max = 65'536;
  // An echo owes its peer every byte: room for many of the largest messages.
  options->outbox = {.bytes_max = 16 * message_bytes_max, .messages_max = 1'000'000};
  options->deflate.server_no_context_takeover = false;
  options->deflate.client_no_context_takeover = false;
  options->deflate_threshold = 0;
  return {"/",
          [](net::HttpRequest&)
              -> boost::asio::awaitable<std::expected<std::unique_ptr<net::WebSocketListener>, net::HttpResponse>> {
            co_return std::make_unique<EchoListener>();
          },
          options};
}

/// The same over Engine.IO.
class EngineioEchoListener final : public net::EngineioListener {
 public:
  void on_open(net::EngineioSession& session) override { session_ = &session; }
  void on_message(std::string_view payload, bool is_text) override {
    const net::FrameRef frame =
        is_text ? net::encode_text_frame("4" + std::string{payload}) : net::encode_binary_frame(payload);
    session_->send({&frame, 1});
  }
  void on_close(net::EngineioCloseReason) override {}

 private:
  net::EngineioSession* session_ = nullptr;
};

std::unique_ptr<net::EngineioServer> engineio_echo(const std::vector<net::Shard*>& shards) {
  net::EngineioOptions options;
  options.ping_interval = milliseconds{300};
  options.ping_timeout = milliseconds{200};
  options.outbox = {.bytes_max = 16 * options.message_bytes_max, .messages_max = 1'000'000};
  return net::create_engineio_server(
      shards, options,
      [](net::HttpRequest&)
          -> boost::asio::awaitable<std::expected<std::unique_ptr<net::EngineioListener>, net::HttpResponse>> {
        co_return std::make_unique<EngineioEchoListener>();
      });
}

/// `POST /pieces?bytes=N`: the body comes back N bytes at a time.
net::Route pieces_route() {
  return {.method = "POST",
          .pattern = "/pieces",
          .handler = [](net::HttpRequest& request) -> boost::asio::awaitable<net::HttpResponse> {
            const std::string text{request.query_value("bytes").value_or("1")};
            const std::size_t piece_bytes = std::max<std::size_t>(std::strtoul(text.c_str(), nullptr, 10), 1);
            net::HttpResponse response;
            response.headers.add("Content-Type", "application/octet-stream");
            response.next_piece = [rest = std::move(request.body),
                                   piece_bytes]() mutable -> boost::asio::awaitable<std::string> {
              std::string piece = rest.substr(0, piece_bytes);
              rest.erase(0, piece.size());
              co_return piece;
            };
            co_return response;
          },
          .body_bytes_max = 16 * 1024 * 1024};
}

net::HttpHandler file_handler(net::StaticFiles opened) {
  return [files = std::make_shared<net::StaticFiles>(std::move(opened))](
             net::HttpRequest& request) -> boost::asio::awaitable<net::HttpResponse> {
    co_return files->respond(request, request.path);
  };
}

}  // namespace

int main(int argc, char** argv) {
  std::string listen = "127.0.0.1:0", files, socketio, redis_url;
  bool websocket = false, engineio = false, http = false, patient = false, measured = false, sse = false;
  std::size_t shard_count = 1;
  std::size_t message_bytes_max = 16 * 1024 * 1024;
  std::optional<std::int64_t> ping_timeout, recovery_window;
  CLI::App app{"Protocol test server on Pulso's transport code; loopback only."};
  app.add_option("--listen", listen, "host:port on loopback")->capture_default_str();
  app.add_flag("--websocket", websocket, "echo WebSocket messages at /");
  app.add_flag("--engineio", engineio, "echo Engine.IO messages at /engine.io/");
  app.add_option("--socketio", socketio, "Socket.IO at /socket.io/: for the official suites, or an application")
      ->check(CLI::IsMember({"suite", "app"}));
  app.add_flag("--patient", patient, "Socket.IO with the protocol's default times");
  app.add_option("--ping-timeout", ping_timeout, "of Socket.IO, in milliseconds")->check(CLI::PositiveNumber);
  app.add_option("--recovery-window", recovery_window, "of Socket.IO, in milliseconds")->check(CLI::PositiveNumber);
  app.add_flag("--measured", measured,
               "for benchmarks: Socket.IO patient and without greeting, rare comments in event streams");
  app.add_option("--redis", redis_url, "the Redis that Socket.IO's instances share");
  app.add_option("--shards", shard_count, "loops, each with a thread")->check(CLI::Range(1, 16))->capture_default_str();
  app.add_flag("--http", http, "answer POST /pieces?bytes=N with its body in chunks of N bytes");
  app.add_flag("--sse", sse, "event streams by topic at /sse?topic=T");
  app.add_option("--max-payload", message_bytes_max, "longest WebSocket message in bytes")->capture_default_str();
  app.add_option("--files", files, "serve the files of this folder");
  CLI11_PARSE(app, argc, argv);

  std::signal(SIGPIPE, SIG_IGN);
  ops::configure_log(ops::LogLevel::warning, ops::LogFormat::text);
  ops::Metrics metrics;
  std::vector<std::unique_ptr<net::Shard>> shards;
  std::vector<net::Shard*> shard_pointers;
  shard_pointers.reserve(shard_count);
  for (std::size_t i = 0; i < shard_count; ++i) {
    shard_pointers.push_back(shards.emplace_back(std::make_unique<net::Shard>(i)).get());
  }
  std::unique_ptr<net::EngineioServer> engineio_server;
  net::Router router;
  if (engineio) {
    engineio_server = engineio_echo(shard_pointers);
    engineio_server->add_routes(router, "/engine.io/");
  }
  SystemClock clock;
  std::unique_ptr<bus::RedisClient> redis;
  std::unique_ptr<bus::Bus> bus = bus::create_memory_bus();
  std::unique_ptr<realtime::SocketioServer> socketio_server;
  if (!redis_url.empty()) {
    auto parsed = bus::parse_redis_url(redis_url);
    if (!parsed) {
      std::fprintf(stderr, "%s\n", parsed.error().message.c_str());
      return 2;
    }
    redis = bus::create_redis_client(*std::move(parsed), metrics);
    bus = bus::create_redis_bus(*redis, metrics);
  }
  if (!socketio.empty()) {
    const auto duration = [](std::int64_t count) { return milliseconds{count}; };
    const conformance::SocketioParts parts{.clock = clock,
                                           .shards = shard_pointers,
                                           .bus = *bus,
                                           .redis = redis.get(),
                                           .metrics = metrics,
                                           .is_patient = patient || measured,
                                           .ping_timeout = ping_timeout.transform(duration),
                                           .recovery_window = recovery_window.transform(duration),
                                           .greets = !measured};
    socketio_server =
        socketio == "suite" ? conformance::create_socketio_suite(parts) : conformance::create_socketio_app(parts);
    bus->listen({.on_message = [&](std::string_view channel,
                                   std::string_view payload) { socketio_server->on_bus_message(channel, payload); },
                 .on_gap = [&](std::string_view channel) { socketio_server->on_bus_gap(channel); }});
    socketio_server->add_routes(router);
  }
  std::unique_ptr<conformance::SseMode> sse_mode;
  if (sse) {
    sse_mode = conformance::create_sse_mode(shard_pointers, measured);
    sse_mode->add_routes(router);
  }
  if (http) router.add(pieces_route());
  if (websocket) router.add(websocket_route(message_bytes_max));
  if (!files.empty()) {
    auto opened = net::StaticFiles::open(files);
    if (!opened) {
      std::fprintf(stderr, "%s\n", opened.error().message.c_str());
      return 1;
    }
    router.set_fallback(file_handler(*std::move(opened)));
  }

  net::HttpOptions options;
  options.reflect_any_origin = true;
  net::HttpServer server{shard_pointers, options, std::move(router), metrics};
  const auto address = net::ListenAddress::parse(listen);
  if (!address || !(address->host == "127.0.0.1" || address->host == "::1")) {
    std::fprintf(stderr, "--listen takes a loopback address and a port\n");
    return 2;
  }
  const auto port = server.listen(*address, nullptr);
  if (!port) {
    std::fprintf(stderr, "%s\n", port.error().message.c_str());
    return 1;
  }
  std::printf("listening on %s:%u\n", address->host.c_str(), *port);
  std::fflush(stdout);
  for (net::Shard* shard : shard_pointers) shard->start();

  boost::asio::io_context signals;
  boost::asio::signal_set ended{signals, SIGINT, SIGTERM};
  ended.async_wait([](const boost::system::error_code&, int) {});
  signals.run();
  for (net::Shard* shard : shard_pointers) shard->stop();
  bus.reset();
  redis.reset();
  net::discard_all(shard_pointers);
  return 0;
}
