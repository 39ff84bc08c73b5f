#pragma once
#include "app/config.h"
#include "auth/authenticator.h"
#include "features/events/events_options.h"
#include "features/seats/seats_options.h"
#include "features/tracks/tracks_options.h"
#include "net/http_options.h"
#include "net/websocket_connection.h"
#include "realtime/socketio.h"

namespace pulso::app {

// What the configuration means to each part.

[[nodiscard]] auth::AuthenticatorOptions authenticator_options(const Config& config);
[[nodiscard]] net::HttpOptions http_options(const Config& config);
[[nodiscard]] net::WebSocketOptions websocket_options(const Config& config);
[[nodiscard]] realtime::SocketioOptions socketio_options(const Config& config);
[[nodiscard]] seats::SeatsOptions seats_options(const Config& config);
[[nodiscard]] tracks::LibraryOptions library_options(const Config& config);
[[nodiscard]] events::EventsOptions events_options(const Config& config);
[[nodiscard]] tracks::TracksOptions tracks_options(const Config& config);

}  // namespace pulso::app
