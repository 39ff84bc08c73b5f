#include "app/config_properties.h"

#include <algorithm>
#include <array>
#include <vector>

#include "app/config_property_parts.h"

namespace pulso::app {
namespace {

constexpr std::array<std::string_view, 5> log_levels{"debug", "info", "warning", "error", "off"};
constexpr std::array<std::string_view, 2> log_formats{"text", "json"};
constexpr std::array<std::string_view, 3> anonymous_systems{"seats", "meetings", "tracks"};
constexpr std::array<std::string_view, 2> io_uring_choices{"auto", "off"};
constexpr std::array<std::string_view, 2> disconnect_policies{"release", "keep"};
constexpr std::array<std::string_view, 2> rooms_modes{"open", "declared"};
constexpr std::array<std::string_view, 3> user_info_choices{"all", "name", "none"};

constexpr std::array table{
    Property{.key = "server.listen",
             .description = "Addresses to listen on; port 0 takes a free one. `PORT` alone means `0.0.0.0:PORT`.",
             .example = R"(["0.0.0.0:8001", "[::]:8001"])",
             .slot = [](Config& config) -> Slot { return &config.server.listen; },
             .short_flag = "listen"},
    Property{.key = "server.tls_cert",
             .description = "Certificate chain in PEM; with it every listener speaks TLS. Read again on SIGHUP.",
             .example = R"("/etc/pulso/fullchain.pem")",
             .slot = [](Config& config) -> Slot { return &config.server.tls_cert; },
             .short_flag = "tls-cert"},
    Property{.key = "server.tls_key",
             .description = "Private key of the certificate in PEM. Read again on SIGHUP.",
             .example = R"("/etc/pulso/privkey.pem")",
             .slot = [](Config& config) -> Slot { return &config.server.tls_key; },
             .short_flag = "tls-key"},
    Property{.key = "server.drain_timeout",
             .description = "After SIGTERM, how long connections have to end by themselves before they are cut.",
             .example = R"("30s")",
             .slot = [](Config& config) -> Slot { return &config.server.drain_timeout; },
             .min = 0,
             .max = hour},
    Property{.key = "server.server_url",
             .description = "The server's address as clients see it, for links that it hands out.",
             .example = R"("https://live.example.com")",
             .slot = [](Config& config) -> Slot { return &config.server.server_url; },
             .seed_name = "SERVER_URL"},
    Property{.key = "server.client_urls",
             .description = "Origins of pages that may use the server; its own always may. `CLIENT_URL` and "
                            "`SOCKET_CORS_ORIGIN` are added together.",
             .example = R"(["https://shop.example.com"])",
             .slot = [](Config& config) -> Slot { return &config.server.client_urls; },
             .seed_name = "CLIENT_URL"},
    Property{.key = "server.trusted_proxies",
             .description = "Addresses of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.",
             .example = R"(["127.0.0.1"])",
             .slot = [](Config& config) -> Slot { return &config.server.trusted_proxies; }},
    Property{.key = "server.shards",
             .description = "Threads that serve connections; 0 means one for each core that the process may use.",
             .example = "4",
             .slot = [](Config& config) -> Slot { return &config.server.shards; },
             .min = 0,
             .max = 256},
    Property{.key = "server.io_uring",
             .description = "Whether to write to many connections by one system call: `auto` where the kernel has "
                            "io_uring and the place allows it.",
             .example = R"("off")",
             .slot = [](Config& config) -> Slot { return choice_of(config.server.io_uring); },
             .choices = io_uring_choices},

    Property{.key = "limits.header_bytes",
             .description = "Largest head of a request; a larger one is refused with 431.",
             .example = "32768",
             .slot = [](Config& config) -> Slot { return &config.limits.header_bytes; },
             .min = kibibyte,
             .max = mebibyte},
    Property{.key = "limits.header_timeout",
             .description = "Longest time a client may take to send a request's head.",
             .example = R"("5s")",
             .slot = [](Config& config) -> Slot { return &config.limits.header_timeout; },
             .min = 100,
             .max = 10 * minute},
    Property{.key = "limits.body_timeout",
             .description = "Longest time a client may take to send a request's body.",
             .example = R"("1m")",
             .slot = [](Config& config) -> Slot { return &config.limits.body_timeout; },
             .min = 100,
             .max = hour},
    Property{.key = "limits.keep_alive_timeout",
             .description = "How long a connection stays open between two requests.",
             .example = R"("15s")",
             .slot = [](Config& config) -> Slot { return &config.limits.keep_alive_timeout; },
             .min = 100,
             .max = hour},
    Property{.key = "limits.idle_timeout",
             .description =
                 "How long a WebSocket may be silent before it is given up; it is asked halfway whether it is there. "
                 "Socket.IO has its own times.",
             .example = R"("30s")",
             .slot = [](Config& config) -> Slot { return &config.limits.idle_timeout; },
             .min = second,
             .max = hour},
    Property{.key = "limits.message_bytes",
             .description = "Largest message of a live connection, after decompression; a larger one closes it.",
             .example = "16384",
             .slot = [](Config& config) -> Slot { return &config.limits.message_bytes; },
             .min = kibibyte,
             .max = 64 * mebibyte},
    Property{.key = "limits.connections_per_ip",
             .description =
                 "Open connections from one address; behind a trusted proxy, one client's live connections and "
                 "requests under way. 0 means no limit.",
             .example = "200",
             .slot = [](Config& config) -> Slot { return &config.limits.connections_per_ip; },
             .min = 0,
             .max = 10'000'000},
    Property{.key = "limits.requests_per_second",
             .description = "Sustained rate of one identity's requests; 0 means no limit.",
             .example = "20",
             .slot = [](Config& config) -> Slot { return &config.limits.requests.per_second; },
             .min = 0,
             .max = 1'000'000},
    Property{.key = "limits.requests_burst",
             .description = "Requests of one identity that may come at once.",
             .example = "40",
             .slot = [](Config& config) -> Slot { return &config.limits.requests.burst; },
             .min = 1,
             .max = 1'000'000},
    Property{.key = "limits.messages_per_second",
             .description = "Sustained rate of one connection's messages; 0 means no limit.",
             .example = "20",
             .slot = [](Config& config) -> Slot { return &config.limits.messages.per_second; },
             .min = 0,
             .max = 1'000'000},
    Property{.key = "limits.messages_burst",
             .description = "Messages of one connection that may come at once.",
             .example = "40",
             .slot = [](Config& config) -> Slot { return &config.limits.messages.burst; },
             .min = 1,
             .max = 1'000'000},
    Property{.key = "limits.outbox_bytes",
             .description = "Bytes that may wait for a slow client before its connection is closed.",
             .example = "4194304",
             .slot = [](Config& config) -> Slot { return &config.limits.outbox_bytes; },
             .min = 64 * kibibyte,
             .max = 1024 * mebibyte},
    Property{.key = "limits.outbox_messages",
             .description = "Messages that may wait for a slow client before its connection is closed.",
             .example = "5000",
             .slot = [](Config& config) -> Slot { return &config.limits.outbox_messages; },
             .min = 16,
             .max = 1'000'000},

    Property{.key = "auth.jwt_secret",
             .description = "Secret of HS256 tokens, at least 32 bytes. Needed unless a public key or a key set is "
                            "given; there is no default.",
             .example = R"("output of: openssl rand -base64 48")",
             .slot = [](Config& config) -> Slot { return &config.auth.jwt_secret; },
             .secrecy = Secrecy::secret,
             .seed_name = "JWT_SECRET"},
    Property{.key = "auth.jwt_public_key_file",
             .description = "Public key in PEM (RSA, EC, Ed25519) of RS256, ES256 or EdDSA tokens.",
             .example = R"("/etc/pulso/jwt.pem")",
             .slot = [](Config& config) -> Slot { return &config.auth.jwt_public_key_file; }},
    Property{.key = "auth.jwks_file",
             .description = "Key set (RFC 7517) in a file.",
             .example = R"("/etc/pulso/jwks.json")",
             .slot = [](Config& config) -> Slot { return &config.auth.jwks_file; }},
    Property{
        .key = "auth.jwks_url",
        .description = "Key set of an identity provider; cached, and read again when a token names an unknown key.",
        .example = R"("https://id.example.com/.well-known/jwks.json")",
        .slot = [](Config& config) -> Slot { return &config.auth.jwks_url; }},
    Property{.key = "auth.issuer",
             .description = "The `iss` that tokens must carry; empty accepts any.",
             .example = R"("https://id.example.com")",
             .slot = [](Config& config) -> Slot { return &config.auth.issuer; }},
    Property{.key = "auth.audience",
             .description = "The `aud` that tokens must carry; empty accepts any that is not of another purpose.",
             .example = R"("pulso")",
             .slot = [](Config& config) -> Slot { return &config.auth.audience; }},
    Property{.key = "auth.anonymous",
             .description = "Systems that may be used without a credential. `--demo` names all of them.",
             .example = R"(["seats"])",
             .slot = [](Config& config) -> Slot { return &config.auth.anonymous; },
             .choices = anonymous_systems},

    Property{.key = "database.url",
             .description = "What must last: `sqlite:///relative.db`, `sqlite:////absolute.db` or "
                            "`postgresql://user:password@host:port/name`.",
             .example = R"("postgresql://pulso:secret@db.internal:5432/pulso")",
             .slot = [](Config& config) -> Slot { return &config.database.url; },
             .secrecy = Secrecy::credentials,
             .seed_name = "DATABASE_URL"},
    Property{.key = "database.connections",
             .description = "Connections, and threads that serve them. More than 4 make SQLite slower; PostgreSQL has "
                            "use for more where others hold rows for long.",
             .example = "8",
             .slot = [](Config& config) -> Slot { return &config.database.connections; },
             .min = 1,
             .max = 64},
    Property{.key = "redis.url",
             .description = "Live state shared by several instances; empty keeps it in the memory of this one.",
             .example = R"("redis://:secret@cache.internal:6379")",
             .slot = [](Config& config) -> Slot { return &config.redis.url; },
             .secrecy = Secrecy::credentials,
             .seed_name = "REDIS_URL"},

    Property{.key = "log.level",
             .description = "The least important lines that are written to standard error.",
             .example = R"("warning")",
             .slot = [](Config& config) -> Slot { return choice_of(config.log.level); },
             .choices = log_levels},
    Property{.key = "log.format",
             .description = "Lines for people, or one JSON object a line.",
             .example = R"("json")",
             .slot = [](Config& config) -> Slot { return choice_of(config.log.format); },
             .choices = log_formats},
    Property{.key = "metrics.listen",
             .description = "A listener of its own for `/metrics`, without credentials; empty means none.",
             .example = R"("127.0.0.1:9100")",
             .slot = [](Config& config) -> Slot { return &config.metrics.listen; }},

    Property{.key = "socketio.ping_interval",
             .description = "How long a connection may be silent before it is asked whether it is there.",
             .example = R"("10s")",
             .slot = [](Config& config) -> Slot { return &config.socketio.ping_interval; },
             .min = 100,
             .max = 10 * minute},
    Property{.key = "socketio.ping_timeout",
             .description = "How long the answer to that may take before the connection is lost.",
             .example = R"("5s")",
             .slot = [](Config& config) -> Slot { return &config.socketio.ping_timeout; },
             .min = 100,
             .max = 10 * minute},
    Property{.key = "socketio.connect_timeout",
             .description = "How long a connection may take until it is in a namespace.",
             .example = R"("10s")",
             .slot = [](Config& config) -> Slot { return &config.socketio.connect_timeout; },
             .min = 100,
             .max = 10 * minute},
    Property{.key = "socketio.message_bytes",
             .description =
                 "Longest message of a client, the `maxPayload` that it is told; a longer one ends its connection.",
             .example = "65536",
             .slot = [](Config& config) -> Slot { return &config.socketio.message_bytes; },
             .min = kibibyte,
             .max = 64 * mebibyte},
    Property{.key = "socketio.max_rooms",
             .description = "Rooms that one connection may be in, beside its own.",
             .example = "20",
             .slot = [](Config& config) -> Slot { return &config.socketio.max_rooms; },
             .min = 1,
             .max = 1'000'000},
    Property{
        .key = "socketio.recovery_window",
        .description =
            "How long a client that lost its connection can come back to exactly what it missed; 0 turns recovery off.",
        .example = R"("10m")",
        .slot = [](Config& config) -> Slot { return &config.socketio.recovery_window; },
        .min = 0,
        .max = hour},
    Property{.key = "socketio.recovery_messages",
             .description = "Messages of a namespace that are kept for that; older ones go before their time.",
             .example = "1000000",
             .slot = [](Config& config) -> Slot { return &config.socketio.recovery_messages; },
             .min = 100,
             .max = 10'000'000},
    Property{.key = "socketio.recovery_bytes",
             .description = "Bytes of them that are kept in the memory of this instance; Redis, where it keeps them, "
                            "has its own limit.",
             .example = "268435456",
             .slot = [](Config& config) -> Slot { return &config.socketio.recovery_bytes; },
             .min = mebibyte,
             .max = 64 * 1024 * mebibyte},

    Property{.key = "seats.hold_ttl",
             .description = "How long a seat stays held after it was selected.",
             .example = R"("10m")",
             .slot = [](Config& config) -> Slot { return &config.seats.hold_ttl; },
             .min = 100,
             .max = day},
    Property{.key = "seats.max_renewals",
             .description = "How many times one hold may be renewed.",
             .example = "2",
             .slot = [](Config& config) -> Slot { return &config.seats.max_renewals; },
             .min = 0,
             .max = 1000},
    Property{.key = "seats.disconnect_grace",
             .description = "How long a client's holds outlive its last connection, so that a reload keeps them.",
             .example = R"("1m")",
             .slot = [](Config& config) -> Slot { return &config.seats.disconnect_grace; },
             .min = 0,
             .max = hour},
    Property{.key = "seats.disconnect_policy",
             .description = "What then becomes of them: released, or kept until they expire.",
             .example = R"("keep")",
             .slot = [](Config& config) -> Slot { return choice_of(config.seats.disconnect_policy); },
             .choices = disconnect_policies},
    Property{.key = "seats.max_seats",
             .description = "Seats that one client may hold in one room.",
             .example = "6",
             .slot = [](Config& config) -> Slot { return &config.seats.max_seats; },
             .min = 1,
             .max = 10'000},
    Property{.key = "seats.max_rooms",
             .description = "Rooms that one client may be in.",
             .example = "3",
             .slot = [](Config& config) -> Slot { return &config.seats.max_rooms; },
             .min = 1,
             .max = 1000},
    Property{.key = "seats.rooms",
             .description = "`open`: a room exists on first use; `declared`: only rooms with a seat map exist.",
             .example = R"("declared")",
             .slot = [](Config& config) -> Slot { return choice_of(config.seats.rooms); },
             .choices = rooms_modes},
    Property{.key = "seats.user_info_shared",
             .description = "How much of a client's `user_info` others see.",
             .example = R"("name")",
             .slot = [](Config& config) -> Slot { return choice_of(config.seats.user_info_shared); },
             .choices = user_info_choices},
    Property{.key = "seats.resume_window",
             .description = "How long a client that lost its connection can come back to exactly what it missed.",
             .example = R"("5m")",
             .slot = [](Config& config) -> Slot { return &config.seats.resume_window; },
             .min = 0,
             .max = hour},

    Property{.key = "tracks.media_dir",
             .description =
                 "Folder of the audio files, shared by all instances. Empty: `pulso-media`, beside an SQLite "
                 "database, else in the working folder.",
             .example = R"("/var/lib/pulso/media")",
             .slot = [](Config& config) -> Slot { return &config.tracks.media_dir; }},
    Property{.key = "tracks.upload_bytes",
             .description = "Largest uploaded file; it is held in memory until it is stored. A larger one is refused "
                            "with 413; `pulso tracks import` knows no limit.",
             .example = "134217728",
             .slot = [](Config& config) -> Slot { return &config.tracks.upload_bytes; },
             .min = kibibyte,
             .max = 1024 * mebibyte},
    Property{.key = "tracks.url_lifetime",
             .description = "How long a signed `audioUrl` opens its track.",
             .example = R"("12h")",
             .slot = [](Config& config) -> Slot { return &config.tracks.url_lifetime; },
             .min = minute,
             .max = 7 * day},

    Property{.key = "ice.stun_server",
             .description = "STUN server that meeting clients are told to use.",
             .example = R"("stun:stun.example.com:3478")",
             .slot = [](Config& config) -> Slot { return &config.ice.stun_server; },
             .seed_name = "STUN_SERVER"},
    Property{.key = "ice.turn_server",
             .description = "TURN server that meeting clients are told to use.",
             .example = R"("turn:turn.example.com:3478")",
             .slot = [](Config& config) -> Slot { return &config.ice.turn_server; },
             .seed_name = "TURN_SERVER"},
    Property{.key = "ice.turn_username",
             .description = "User name at the TURN server.",
             .example = R"("pulso")",
             .slot = [](Config& config) -> Slot { return &config.ice.turn_username; },
             .seed_name = "TURN_USERNAME"},
    Property{.key = "ice.turn_password",
             .description = "Password at the TURN server.",
             .example = R"("secret")",
             .slot = [](Config& config) -> Slot { return &config.ice.turn_password; },
             .secrecy = Secrecy::secret,
             .seed_name = "TURN_PASSWORD"},
};

std::string with_separator(std::string_view key, char separator) {
  std::string out{key};
  std::ranges::replace(out, '.', separator);
  std::ranges::replace(out, '_', separator);
  return out;
}

}  // namespace

std::span<const Property> properties() noexcept {
  static const std::vector<Property> all = [] {
    std::vector<Property> joined{table.begin(), table.end()};
    joined.insert(joined.end(), events_properties().begin(), events_properties().end());
    return joined;
  }();
  return all;
}

const Property* find_property(std::string_view key) noexcept {
  const auto found = std::ranges::find(properties(), key, &Property::key);
  return found == properties().end() ? nullptr : &*found;
}

std::string_view section_of(const Property& property) noexcept {
  return property.key.substr(0, property.key.find('.'));
}

std::string_view name_of(const Property& property) noexcept {
  return property.key.substr(property.key.find('.') + 1);
}

std::string environment_name_of(const Property& property) {
  std::string out = "PULSO_" + with_separator(property.key, '_');
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

std::string flag_name_of(const Property& property) {
  return with_separator(property.key, '-');
}

}  // namespace pulso::app
