#pragma once
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include "auth/audit_log.h"
#include "base/clock.h"
#include "features/events/account_access.h"
#include "features/events/bank_signature.h"
#include "features/events/ledger_service.h"
#include "net/http_router.h"

namespace pulso::events {

/// `/account`, `/qr/…`: the merchant's calls, the bank's and the pictures.
class LedgerHttp {
 public:
  struct Dependencies {
    const Clock& clock;
    AccountAccess& access;
    LedgerService& service;
    EventsMetrics& metrics;
    auth::AuditLog* audit;    ///< may be null
    std::string bank_secret;  ///< empty: the bank's calls are refused
    bool has_demo_bank = false;
  };

  explicit LedgerHttp(Dependencies dependencies);
  void add_routes(net::Router& router);

 private:
  using Request = net::HttpRequest;
  using Response = net::HttpResponse;
  using Answer = boost::asio::awaitable<Response>;
  using Handler = Answer (LedgerHttp::*)(Request&);

  void add(net::Router& router, std::string method, std::string pattern, Handler handler,
           std::size_t body_bytes_max = 0);
  /// Whether the bank has signed the request.
  [[nodiscard]] Outcome<> check_bank(const Request& request) const;
  Answer send_picture(Request& request, bool is_png);
  [[nodiscard]] Response paid(const Outcome<ReceivedPayment>& received);

  Answer get_account(Request& request);
  Answer get_movements(Request& request);
  Answer get_account_payments(Request& request);
  Answer get_qrs(Request& request);
  Answer post_qr(Request& request);
  Answer get_qr(Request& request);
  Answer get_svg(Request& request);
  Answer get_png(Request& request);
  Answer get_payments(Request& request);
  Answer post_cancellation(Request& request);
  Answer post_payment(Request& request);
  Answer post_settlement(Request& request);
  Answer post_refund(Request& request);
  Answer post_demo_payment(Request& request);

  Dependencies d_;
  std::unique_ptr<const BankSignature> bank_;  ///< null without a secret
};

}  // namespace pulso::events
