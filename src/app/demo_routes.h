#pragma once
#include <string>

#include "auth/media_cookie.h"
#include "base/clock.h"
#include "net/http_router.h"

namespace pulso::app {

/// What `--demo` signs its users' tokens with and what those must say, so that they are ordinary ones.
struct DemoRoutesDependencies {
  std::string jwt_secret;
  std::string issuer;    ///< as the configuration asks for; may be empty
  std::string audience;  ///< likewise
  const Clock& clock;    ///< outlives the router, as the next does
  const auth::MediaCookie& media_cookie;
};

/// `POST /demo/token {"user":"ana"}`: a token of twelve hours for one of the made-up listeners, `ana` and `luz`, or
/// shops, `shop-1` and `shop-2`, who may do what any user may. To be added under `--demo` only: it asks for no
/// credential.
void add_demo_routes(net::Router& router, DemoRoutesDependencies dependencies);

}  // namespace pulso::app
