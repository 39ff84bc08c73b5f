#pragma once
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "auth/authenticator.h"
#include "features/events/events_errors.h"
#include "features/events/events_metrics.h"
#include "net/http_message.h"

namespace pulso::events {

/// An API key needs it to make and cancel QRs and to refund. Users may do that in their own account.
inline constexpr std::string_view qr_write_scope = "qr:write";

/// Who asks, and for which account.
class AccountAccess {
 public:
  AccountAccess(auth::Authenticator& authenticator, EventsMetrics& metrics)
      : authenticator_(authenticator), metrics_(metrics) {}

  using Answer = boost::asio::awaitable<Outcome<auth::PrincipalRef>>;
  /// Whose credential the request carries. `unauthorized`, `unavailable`.
  [[nodiscard]] Answer authenticate(const net::HttpRequest& request);
  /// The same, for routes of the credential's own account. `no_account`.
  [[nodiscard]] Answer member(const net::HttpRequest& request);
  /// The same, of someone who may change the account. `forbidden`.
  [[nodiscard]] Answer merchant(const net::HttpRequest& request);
  /// The refusal as it is answered, counted.
  [[nodiscard]] net::HttpResponse refused(const Refusal& refusal) const;

 private:
  auth::Authenticator& authenticator_;
  EventsMetrics& metrics_;
};

}  // namespace pulso::events
