#include "features/events/account_access.h"

#include <utility>

namespace pulso::events {

AccountAccess::Answer AccountAccess::authenticate(const net::HttpRequest& request) {
  auth::Credential credential = auth::credential_of(request);
  if (credential.empty()) co_return refuse(EventsErrc::unauthorized);
  auto principal = co_await authenticator_.authenticate(std::move(credential));
  if (!principal) co_return refuse(principal.error());
  co_return *std::move(principal);
}

AccountAccess::Answer AccountAccess::member(const net::HttpRequest& request) {
  auto principal = co_await authenticate(request);
  if (principal && (*principal)->account.empty()) co_return refuse(EventsErrc::no_account);
  co_return principal;
}

AccountAccess::Answer AccountAccess::merchant(const net::HttpRequest& request) {
  auto principal = co_await member(request);
  if (!principal) co_return principal;
  const auth::Principal& who = **principal;
  const bool may = who.kind == auth::PrincipalKind::user || who.has_scope(qr_write_scope);
  if (!may) co_return refuse(EventsErrc::forbidden);
  if (who.account.size() > identifier_length_max) co_return refuse(EventsErrc::no_account);
  co_return principal;
}

net::HttpResponse AccountAccess::refused(const Refusal& refusal) const {
  metrics_.refused(refusal.code);
  return net::HttpResponse::refusal(http_status(refusal.code), wire_code(refusal.code), message_text(refusal.code),
                                    refusal.field);
}

}  // namespace pulso::events
