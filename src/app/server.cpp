#include "app/server.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <optional>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/core.h>

#include "app/core_routes.h"
#include "app/demo_routes.h"
#include "app/migrations.h"
#include "app/pages.h"
#include "app/server_options.h"
#include "app/socketio_identity.h"
#include "auth/audit_log.h"
#include "auth/authenticator.h"
#include "auth/media_cookie.h"
#include "auth/revocations.h"
#include "auth/server_secret.h"
#include "base/random.h"
#include "bus/redis_bus.h"
#include "bus/redis_client.h"
#include "features/events/events_feature.h"
#include "features/seats/seats_feature.h"
#include "features/tracks/tracks_feature.h"
#include "net/http_server.h"
#include "net/shard.h"
#include "ops/log.h"
#include "ops/metrics.h"
#include "ops/systemd_notify.h"
#include "realtime/hub.h"
#include "realtime/socketio.h"
#include "store/database.h"
#include "store/migrations.h"

namespace pulso::app {
namespace {

namespace asio = boost::asio;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// Every connection is a descriptor: the soft limit is history's, the hard one the operator's.
void raise_open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Everything that lives as long as the process serves, in the order in which it depends on each other: destroyed from
/// the bottom up.
class Server {
 public:
  explicit Server(const Config& config)
      : config_(config), notifier_(environment("NOTIFY_SOCKET")), started_at_(clock_.steady_now()) {}

  ~Server() {
    // Loops end first: nobody may call into what is destroyed below them. Then the threads that post to the loops, then
    // the handlers that the loops still hold; what those used goes with the members.
    if (seats_) seats_->stop();
    if (events_) events_->stop();
    if (identity_) identity_->stop();
    if (tracks_) tracks_->stop();
    for (const auto& shard : shards_) shard->stop();
    if (database_) database_->close();
    if (hub_) hub_->observe({});
    if (events_) events_->detach();
    bus_.reset();
    redis_.reset();
    net::discard_all(shard_pointers());
  }

  Result<void> start() {
    if (auto opened = open_store(); !opened) return opened;
    if (auto connected = connect_bus(); !connected) return connected;
    create_shards();
    if (auto created = create_features(); !created) return created;
    create_http();
    seats_->start();
    events_->start();
    identity_->start();
    tracks_->start();
    for (const auto& shard : shards_) shard->start();
    if (config_.demo) {
      if (auto created = create_demo(); !created) return created;
    }
    return listen();
  }

  /// Until a signal has drained it.
  void run() {
    wait_for_signal();
    arm_watchdog();
    notifier_.ready();
    const auto working = asio::make_work_guard(control_);  // nothing else waits there while connections drain
    control_.run();
  }

 private:
  Result<void> open_store() {
    auto database = store::Database::open({.url = config_.database.url, .connections = config_.database.connections});
    if (!database) return fail(database);
    database_ = *std::move(database);
    auto migrated = store::migrate(*database_, all_migrations());
    if (!migrated) return fail(migrated);
    if (*migrated > 0) ops::log_info("store", "the schema was brought up to date", {{"steps", *migrated}});
    revocations_ = std::make_unique<auth::Revocations>(*database_);
    if (auto read = revocations_->refresh(); !read) return read;
    audit_ = std::make_unique<auth::AuditLog>(*database_, clock_);
    auto authenticator = auth::create_authenticator(authenticator_options(config_), *database_, *revocations_, clock_);
    if (!authenticator) return fail(authenticator);
    authenticator_ = *std::move(authenticator);
    auto secret = auth::server_secret(*database_, config_.auth.jwt_secret);
    if (!secret) return fail(secret);
    server_secret_ = *std::move(secret);
    auto media_cookie = auth::MediaCookie::create(server_secret_, *authenticator_, clock_);
    if (!media_cookie) return fail(media_cookie);
    media_cookie_.emplace(*std::move(media_cookie));
    return {};
  }

  Result<void> connect_bus() {
    if (config_.redis.url.empty()) {
      bus_ = bus::create_memory_bus();
      return {};
    }
    auto options = bus::parse_redis_url(config_.redis.url);
    if (!options) return fail(options);
    redis_ = bus::create_redis_client(*std::move(options), metrics_);
    bus_ = bus::create_redis_bus(*redis_, metrics_);
    return {};
  }

  void create_shards() {
    const std::size_t count = config_.server.shards > 0 ? config_.server.shards : net::usable_core_count();
    for (std::size_t i = 0; i < count; ++i) {
      shards_.push_back(std::make_unique<net::Shard>(i, config_.server.io_uring == IoUring::automatic));
    }
    hub_ = std::make_unique<realtime::Hub>(
        shard_pointers(), &metrics_.histogram("pulso_fanout_seconds", "From publishing to the last member of a shard"));
  }

  Result<void> create_features() {
    seats_ = seats::create_seats({.options = seats_options(config_),
                                  .clock = clock_,
                                  .shards = shard_pointers(),
                                  .hub = *hub_,
                                  .database = *database_,
                                  .authenticator = *authenticator_,
                                  .audit = audit_.get(),
                                  .bus = *bus_,
                                  .redis = redis_.get(),
                                  .metrics = metrics_,
                                  .instance = instance_,
                                  .websocket = websocket_options(config_)});
    const bool allows_anonymous = std::ranges::find(config_.auth.anonymous, "meetings") != config_.auth.anonymous.end();
    identity_ = std::make_unique<SocketioIdentity>(shard_pointers(), *authenticator_, *media_cookie_, allows_anonymous);
    socketio_ = realtime::create_socketio_server({.options = socketio_options(config_),
                                                  .clock = clock_,
                                                  .shards = shard_pointers(),
                                                  .bus = *bus_,
                                                  .redis = redis_.get(),
                                                  .metrics = metrics_,
                                                  .instance = instance_});
    realtime::SocketioNamespace& name_space = socketio_->of("/");
    identity_->protect(name_space);
    auto tracks = tracks::create_tracks({.options = tracks_options(config_),
                                         .clock = clock_,
                                         .shards = shard_pointers(),
                                         .database = *database_,
                                         .authenticator = *authenticator_,
                                         .media_cookie = *media_cookie_,
                                         .audit = audit_.get(),
                                         .redis = redis_.get(),
                                         .metrics = metrics_,
                                         .secret = server_secret_,
                                         .name_space = name_space,
                                         .principal_of = SocketioIdentity::principal_of});
    if (!tracks) return fail(tracks);
    tracks_ = *std::move(tracks);
    events_ = events::create_events({.options = events_options(config_),
                                     .clock = clock_,
                                     .shards = shard_pointers(),
                                     .database = *database_,
                                     .authenticator = *authenticator_,
                                     .audit = audit_.get(),
                                     .bus = *bus_,
                                     .redis = redis_.get(),
                                     .metrics = metrics_,
                                     .instance = instance_});
    // Each channel is one feature's; the first that knows it takes it.
    bus_->listen({.on_message =
                      [this](std::string_view channel, std::string_view payload) {
                        if (seats_->on_bus_message(channel, payload) || events_->on_bus_message(channel)) return;
                        socketio_->on_bus_message(channel, payload);
                      },
                  .on_gap =
                      [this](std::string_view channel) {
                        if (seats_->on_bus_gap(channel) || events_->on_bus_message(channel)) return;
                        socketio_->on_bus_gap(channel);
                      }});
    return {};
  }

  Result<void> create_demo() {
    std::promise<Result<void>> created;
    asio::co_spawn(
        shards_.front()->context(),
        [this, &created]() -> asio::awaitable<void> { created.set_value(co_await seats_->create_demo_rooms()); },
        [](const std::exception_ptr& error) {
          if (error) std::rethrow_exception(error);
        });
    if (auto rooms = created.get_future().get(); !rooms) return rooms;
    return tracks_->import_demo();
  }

  void create_http() {
    net::Router router;
    seats_->add_routes(router);
    tracks_->add_routes(router);
    events_->add_routes(router);
    socketio_->add_routes(router);
    add_core_routes(router, {.authenticator = *authenticator_,
                             .database = *database_,
                             .redis = redis_.get(),
                             .metrics = metrics_,
                             .clock = clock_,
                             .started_at = started_at_,
                             .version = PULSO_VERSION,
                             .connection_count = [this] { return http_->connection_count(); },
                             .is_draining = [this] { return is_draining_.load(); },
                             .feature_stats = {{"seats", [this](bool detailed) { return seats_->stats(detailed); }},
                                               {"tracks", [this](bool) { return tracks_->stats(); }},
                                               {"events", [this](bool) { return events_->stats(); }}}});
    if (config_.demo) {
      add_demo_routes(router, {.jwt_secret = config_.auth.jwt_secret,
                               .issuer = config_.auth.issuer,
                               .audience = config_.auth.audience,
                               .clock = clock_,
                               .media_cookie = *media_cookie_});
    }
    router.set_fallback(create_page_handler());
    http_ = std::make_unique<net::HttpServer>(shard_pointers(), http_options(config_), std::move(router), metrics_);
    if (config_.metrics.listen.empty()) return;
    net::Router metrics_router;
    add_open_metrics_route(metrics_router, metrics_);
    metrics_http_ =
        std::make_unique<net::HttpServer>(shard_pointers(), net::HttpOptions{}, std::move(metrics_router), metrics_);
  }

  Result<void> listen() {
    if (!config_.server.tls_cert.empty()) {
      auto tls = net::TlsContext::load(config_.server.tls_cert, config_.server.tls_key);
      if (!tls) return fail(tls);
      tls_ = *std::move(tls);
    }
    std::uint16_t first_port = 0;
    for (const std::string& address : config_.server.listen) {
      auto port = listen_on(*http_, address, tls_);
      if (!port) return fail(port);
      if (first_port == 0) first_port = *port;
    }
    if (metrics_http_) {
      if (auto opened = listen_on(*metrics_http_, config_.metrics.listen, nullptr); !opened) return fail(opened);
    }
    if (config_.demo) tell_what_to_open(first_port);
    return {};
  }

  /// For people at a terminal; the log goes to the error stream.
  void tell_what_to_open(std::uint16_t port) const {
    fmt::print(
        "\n  Pulso is ready: open {0}://localhost:{1} in two windows.\n\n"
        "    /seats      take the same seat in both\n"
        "    /player     music that follows its listener\n"
        "    /dashboard  a shop's till: pay its QR, and see it paid\n"
        "    /docs       the API reference\n\n",
        tls_ ? "https" : "http", port);
    std::fflush(stdout);
  }

  /// The port, which the system may have chosen.
  static Result<std::uint16_t> listen_on(net::HttpServer& server, const std::string& text,
                                         const std::shared_ptr<net::TlsContext>& tls) {
    const auto address = net::ListenAddress::parse(text);
    if (!address) return std::unexpected{address.error()};
    const auto port = server.listen(*address, tls);
    if (!port) return std::unexpected{port.error()};
    ops::log_info("net", "listening",
                  {{"address", address->host + ":" + std::to_string(*port)}, {"tls", tls != nullptr}});
    return *port;
  }

  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        reload();
        return wait_for_signal();
      }
      drain();
    });
  }

  void reload() {
    notifier_.reloading(clock_.steady_now());
    const auto log_failure = [](const Result<void>& done, std::string_view what) {
      if (!done)
        ops::log_error("app", "reloading failed; the old one stays", {{"what", what}, {"error", done.error().message}});
    };
    if (tls_) log_failure(tls_->reload(), "certificate");
    log_failure(authenticator_->reload(), "keys");
    ops::log_info("app", "certificates and keys were read again");
    notifier_.ready();
  }

  void drain() {
    const std::size_t connections = http_->connection_count();
    notifier_.stopping();
    is_draining_ = true;
    seats_->begin_drain();
    socketio_->begin_drain();
    http_->drain(
        config_.server.drain_timeout,
        [connections] { ops::log_info("app", "draining", {{"connections", connections}}); },
        [this] {
          asio::post(control_, [this] {
            ops::log_info("app", "drained");
            control_.stop();
          });
        });
  }

  void arm_watchdog() {
    const auto interval =
        ops::watchdog_interval(environment("WATCHDOG_USEC"), environment("WATCHDOG_PID"), static_cast<int>(::getpid()));
    if (!interval) return;
    watchdog_.expires_after(*interval);
    watchdog_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      notifier_.watchdog();
      arm_watchdog();
    });
  }

  [[nodiscard]] std::vector<net::Shard*> shard_pointers() const {
    std::vector<net::Shard*> pointers;
    pointers.reserve(shards_.size());
    for (const auto& shard : shards_) pointers.push_back(shard.get());
    return pointers;
  }

  const Config& config_;
  SystemClock clock_;
  ops::Metrics metrics_;
  ops::SystemdNotifier notifier_;
  const SteadyTime started_at_;
  const InstanceId instance_{random_token(9)};
  std::atomic<bool> is_draining_{false};
  std::vector<std::unique_ptr<net::Shard>> shards_;  ///< last to go: sockets and timers of the others live on them
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<auth::Revocations> revocations_;
  std::unique_ptr<auth::AuditLog> audit_;
  std::unique_ptr<auth::Authenticator> authenticator_;
  std::string server_secret_;  ///< of the keys of our own purposes
  std::optional<auth::MediaCookie> media_cookie_;
  std::unique_ptr<bus::RedisClient> redis_;
  std::unique_ptr<bus::Bus> bus_;
  std::shared_ptr<net::TlsContext> tls_;
  std::unique_ptr<realtime::Hub> hub_;
  std::unique_ptr<seats::SeatsFeature> seats_;
  std::unique_ptr<SocketioIdentity> identity_;
  std::unique_ptr<realtime::SocketioServer> socketio_;
  std::unique_ptr<tracks::TracksFeature> tracks_;
  std::unique_ptr<events::EventsFeature> events_;
  std::unique_ptr<net::HttpServer> http_;
  std::unique_ptr<net::HttpServer> metrics_http_;
  asio::io_context control_{1};
  asio::signal_set signals_{control_, SIGTERM, SIGINT, SIGHUP};
  asio::steady_timer watchdog_{control_};
};

}  // namespace

int serve(const Config& config) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  raise_open_files_limit();
  Server server{config};
  if (const auto started = server.start(); !started) {
    ops::log_error("app", started.error().message, {{"setting", started.error().field}});
    return 1;
  }
  server.run();
  return 0;
}

}  // namespace pulso::app
