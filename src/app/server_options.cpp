#include "app/server_options.h"

#include <algorithm>
#include <filesystem>

#include "store/database_url.h"

namespace pulso::app {
namespace {

/// How long a client may be away and still get exactly what it missed.
constexpr milliseconds socketio_recovery_window{2 * 60 * 1000};

std::string media_dir_of(const Config& config) {
  if (!config.tracks.media_dir.empty()) return config.tracks.media_dir;
  constexpr const char* name = "pulso-media";
  const auto url = store::DatabaseUrl::parse(config.database.url);
  if (!url || url->engine != store::Engine::sqlite) return name;
  return (std::filesystem::path{url->target}.parent_path() / name).string();
}

}  // namespace

auth::AuthenticatorOptions authenticator_options(const Config& config) {
  return {.jwt_secret = config.auth.jwt_secret,
          .jwt_public_key_file = config.auth.jwt_public_key_file,
          .jwks_file = config.auth.jwks_file,
          .jwks_url = config.auth.jwks_url,
          .issuer = config.auth.issuer,
          .audience = config.auth.audience};
}

net::HttpOptions http_options(const Config& config) {
  return {.header_bytes_max = config.limits.header_bytes,
          .header_timeout = config.limits.header_timeout,
          .body_timeout = config.limits.body_timeout,
          .keep_alive_timeout = config.limits.keep_alive_timeout,
          .connections_per_address_max = config.limits.connections_per_ip,
          .requests_per_address = config.limits.requests,
          .allowed_origins = config.server.client_urls,
          .allow_null_origin = config.demo,
          .trusted_proxies = config.server.trusted_proxies};
}

net::WebSocketOptions websocket_options(const Config& config) {
  net::WebSocketOptions options;
  options.message_bytes_max = config.limits.message_bytes;
  options.outbox = {.bytes_max = config.limits.outbox_bytes, .messages_max = config.limits.outbox_messages};
  return options;
}

realtime::SocketioOptions socketio_options(const Config& config) {
  realtime::SocketioOptions options;
  options.engineio.outbox = {.bytes_max = config.limits.outbox_bytes, .messages_max = config.limits.outbox_messages};
  options.recovery_window = socketio_recovery_window;
  // A token may have ended meanwhile.
  options.recovery_asks_middleware = true;
  return options;
}

seats::SeatsOptions seats_options(const Config& config) {
  seats::SeatsOptions options;
  options.rooms = config.seats.rooms;
  options.anonymous = std::ranges::find(config.auth.anonymous, "seats") != config.auth.anonymous.end();
  options.public_listing = config.demo;
  options.user_info_shared = config.seats.user_info_shared;
  options.hold_ttl = config.seats.hold_ttl;
  options.max_renewals = static_cast<std::uint32_t>(config.seats.max_renewals);
  options.disconnect_grace = config.seats.disconnect_policy == DisconnectPolicy::keep
                                 ? std::nullopt
                                 : std::optional{config.seats.disconnect_grace};
  options.max_seats = config.seats.max_seats;
  options.max_rooms = config.seats.max_rooms;
  options.resume_window = config.seats.resume_window;
  options.messages_per_second = config.limits.messages;
  options.message_bytes_max = config.limits.message_bytes;
  return options;
}

tracks::LibraryOptions library_options(const Config& config) {
  return {.media_dir = media_dir_of(config),
          .upload_bytes_max = config.tracks.upload_bytes,
          .url_lifetime = config.tracks.url_lifetime,
          .anonymous = std::ranges::find(config.auth.anonymous, "tracks") != config.auth.anonymous.end(),
          .base_url = config.server.server_url};
}

tracks::TracksOptions tracks_options(const Config& config) {
  return {.library = library_options(config), .messages_per_second = config.limits.messages};
}

}  // namespace pulso::app
