#pragma once
#include <string>

#include <boost/asio/awaitable.hpp>

#include "auth/audit_log.h"
#include "base/clock.h"
#include "features/events/account_access.h"
#include "features/events/webhook_store.h"
#include "net/http_router.h"

namespace pulso::events {

/// `/webhooks…`: an account's own, and what they did not take.
class WebhookHttp {
 public:
  struct Dependencies {
    const Clock& clock;
    AccountAccess& access;
    WebhookStore& store;
    auth::AuditLog* audit;  ///< may be null
    bool allows_insecure = false;
  };

  explicit WebhookHttp(Dependencies dependencies) : d_(dependencies) {}
  void add_routes(net::Router& router);

 private:
  using Request = net::HttpRequest;
  using Response = net::HttpResponse;
  using Answer = boost::asio::awaitable<Response>;
  using Handler = Answer (WebhookHttp::*)(Request&);

  void add(net::Router& router, std::string method, std::string pattern, Handler handler,
           std::size_t body_bytes_max = 0);
  /// The webhook that the path names, of the one who asks.
  boost::asio::awaitable<Outcome<Webhook>> own_webhook(const Request& request);

  Answer get_webhooks(Request& request);
  Answer post_webhook(Request& request);
  Answer delete_webhook(Request& request);
  Answer get_dead_letters(Request& request);
  Answer post_resend(Request& request);
  /// The event's id in the body: one that has a `/` can't stand in a path.
  Answer post_resend_named(Request& request);
  Answer resend(const Request& request, Outcome<std::string> event_id);

  Dependencies d_;
};

}  // namespace pulso::events
