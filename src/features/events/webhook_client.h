#pragma once
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "features/events/webhook.h"

namespace pulso::events {

struct WebhookCall {
  WebhookAddress address;
  std::string body;
  std::string signature;
  std::string event_id;
  std::string event_type;
};

/// Posts, on a connection of its own. Success is any answer of 2xx; else the error's text says what was answered or
/// what failed, without the URL. A redirection is not followed. Certificates are checked against the system's
/// authorities.
[[nodiscard]] boost::asio::awaitable<Result<void>> post_webhook(WebhookCall call, milliseconds timeout,
                                                                bool allows_insecure);

}  // namespace pulso::events
