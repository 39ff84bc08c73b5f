#pragma once
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/result.h"
#include "features/events/webhook.h"
#include "features/events/webhook_lookups.h"

namespace pulso::events {

struct WebhookCall {
  WebhookAddress address;
  std::string body;
  std::string signature;
  std::string event_id;
  std::string event_type;
};

/// Calls webhooks, each on a connection of its own.
class WebhookClient {
 public:
  /// `executor` is of one thread, the one that calls.
  WebhookClient(boost::asio::any_io_executor executor, WebhookPolicy policy,
                WebhookLookups::LookUp look_up = &WebhookLookups::ask_system);

  /// Success is any answer of 2xx; else the error's text says what was answered or what failed, without the URL. Takes
  /// the policy's timeout at most. A redirection is not followed. Certificates are checked against the system's
  /// authorities.
  [[nodiscard]] boost::asio::awaitable<Result<void>> post(WebhookCall call);

 private:
  /// Where it leads, without what may not be called. The check is on what was resolved: a name may lead anywhere.
  boost::asio::awaitable<Result<WebhookLookups::Endpoints>> find(const WebhookAddress& address);

  const WebhookPolicy policy_;
  WebhookLookups lookups_;
};

}  // namespace pulso::events
