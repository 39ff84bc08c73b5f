#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/token_bucket.h"
#include "features/seats/seats_options.h"
#include "ops/log.h"

namespace pulso::app {

/// Whether the writes of many connections go by one system call.
enum class IoUring : std::uint8_t {
  automatic,  ///< where the kernel has io_uring and the place allows it
  off,
};

/// Where webhooks may lead.
enum class WebhookTargets : std::uint8_t {
  secure,  ///< HTTPS, at addresses that are not private
  any,
};

/// What becomes of a client's holds when its last connection drops.
enum class DisconnectPolicy : std::uint8_t {
  release,  ///< they end after the grace
  keep,     ///< they last until they expire
};

/// Everything an operator can set, with the defaults. Each member is bound to its key, description and bounds in
/// `config_properties.cpp`; `docs/CONFIGURATION.md` is made from there. A limit of 0 means none.
struct Config {
  /// Seed data, a generated secret, anonymous use, pages from `file://`: to try the server, never to run a shop.
  bool demo = false;

  struct Server {
    std::vector<std::string> listen{"127.0.0.1:8001"};
    std::string tls_cert;
    std::string tls_key;
    milliseconds drain_timeout{10'000};
    std::string server_url;
    std::vector<std::string> client_urls;
    std::vector<std::string> trusted_proxies;
    std::uint64_t shards = 0;  ///< 0: one for each core that the process may use
    IoUring io_uring = IoUring::automatic;
  } server;

  struct Limits {
    std::uint64_t header_bytes = 16 * 1024;
    milliseconds header_timeout{10'000};
    milliseconds body_timeout{30'000};
    milliseconds keep_alive_timeout{75'000};
    milliseconds idle_timeout{50'000};
    std::uint64_t message_bytes = 64 * 1024;
    std::uint64_t connections_per_ip = 1000;
    RateLimit requests{100, 200};
    RateLimit messages{50, 100};
    std::uint64_t outbox_bytes = 1024 * 1024;
    std::uint64_t outbox_messages = 1000;
  } limits;

  struct Auth {
    std::string jwt_secret;
    std::string jwt_public_key_file;
    std::string jwks_file;
    std::string jwks_url;
    std::string issuer;
    std::string audience;
    std::vector<std::string> anonymous;
  } auth;

  struct Database {
    std::string url = "sqlite:///pulso.db";
    std::uint64_t connections = 3;
  } database;

  struct Redis {
    std::string url;  ///< empty: one instance, live state in memory
  } redis;

  struct Log {
    ops::LogLevel level = ops::LogLevel::info;
    ops::LogFormat format = ops::LogFormat::text;
  } log;

  struct Metrics {
    std::string listen;  ///< empty: only on the common listeners, with a scope
  } metrics;

  struct Socketio {
    milliseconds ping_interval{25'000};
    milliseconds ping_timeout{20'000};
    milliseconds connect_timeout{45'000};
    std::uint64_t message_bytes = 1'000'000;
    std::uint64_t max_rooms = 100;
    milliseconds recovery_window{2 * 60 * 1000};
    std::uint64_t recovery_messages = 100'000;
    std::uint64_t recovery_bytes = 64 * 1024 * 1024;
  } socketio;

  struct Seats {
    milliseconds hold_ttl{5 * 60 * 1000};
    std::uint64_t max_renewals = 1;
    milliseconds disconnect_grace{30'000};
    DisconnectPolicy disconnect_policy = DisconnectPolicy::release;
    std::uint64_t max_seats = 10;
    std::uint64_t max_rooms = 10;
    seats::RoomsMode rooms = seats::RoomsMode::open;
    seats::UserInfoShared user_info_shared = seats::UserInfoShared::all;
    milliseconds resume_window{2 * 60 * 1000};
  } seats;

  struct Tracks {
    std::string media_dir;  ///< empty: `pulso-media`, beside an SQLite database, else in the working folder
    std::uint64_t upload_bytes = 64 * 1024 * 1024;
    milliseconds url_lifetime{6 * 60 * 60 * 1000};
  } tracks;

  struct Events {
    milliseconds heartbeat_interval{30'000};
    milliseconds retention{7LL * 24 * 60 * 60 * 1000};
    std::uint64_t retained_events = 100'000;
    std::string currency = "BOB";
    std::string bank_secret;
    milliseconds webhook_retry{1'000};
    milliseconds webhook_timeout{10'000};
    std::uint64_t webhook_attempts = 12;
    WebhookTargets webhook_targets = WebhookTargets::secure;
  } events;

  /// Handed to the clients of meetings, so that their media finds a way.
  struct Ice {
    std::string stun_server;
    std::string turn_server;
    std::string turn_username;
    std::string turn_password;
  } ice;
};

}  // namespace pulso::app
