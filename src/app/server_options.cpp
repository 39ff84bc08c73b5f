#include "app/server_options.h"

#include <algorithm>
#include <filesystem>

#include "store/database_url.h"

namespace pulso::app {
namespace {

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
  options.ping_interval = config.limits.idle_timeout / 2;  // and as long again for the answer
  options.outbox = {.bytes_max = config.limits.outbox_bytes, .messages_max = config.limits.outbox_messages};
  return options;
}

realtime::SocketioOptions socketio_options(const Config& config) {
  realtime::SocketioOptions options;
  options.engineio.outbox = {.bytes_max = config.limits.outbox_bytes, .messages_max = config.limits.outbox_messages};
  options.engineio.ping_interval = config.socketio.ping_interval;
  options.engineio.ping_timeout = config.socketio.ping_timeout;
  options.engineio.message_bytes_max = config.socketio.message_bytes;
  options.connect_timeout = config.socketio.connect_timeout;
  options.rooms_max = config.socketio.max_rooms;
  options.messages_per_second = config.limits.messages;
  if (config.socketio.recovery_window > milliseconds{0}) options.recovery_window = config.socketio.recovery_window;
  options.recovery_messages_max = config.socketio.recovery_messages;
  options.recovery_bytes_max = config.socketio.recovery_bytes;
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

events::EventsOptions events_options(const Config& config) {
  return {.heartbeat_interval = config.events.heartbeat_interval,
          .retention = config.events.retention,
          .retained_events = config.events.retained_events,
          .currency = config.events.currency,
          .bank_secret = config.events.bank_secret,
          .has_demo_bank = config.demo,
          .outbox = {.bytes_max = config.limits.outbox_bytes, .messages_max = config.limits.outbox_messages},
          .webhooks = {.retry_base = config.events.webhook_retry,
                       .attempts_max = static_cast<std::int64_t>(config.events.webhook_attempts),
                       .timeout = config.events.webhook_timeout,
                       .allows_insecure = config.events.webhook_targets == WebhookTargets::any}};
}

tracks::TracksOptions tracks_options(const Config& config) {
  return {.library = library_options(config), .messages_per_second = config.limits.messages};
}

}  // namespace pulso::app
