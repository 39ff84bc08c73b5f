#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "auth/principal.h"
#include "features/seats/seat.h"

namespace pulso::seats {

/// Who is behind a connection or a request. Immutable.
struct Client {
  std::string client_id;  ///< empty for polls, which need none
  OwnerId owner;
  std::string session;  ///< secret of an anonymous client; empty for users
  auth::PrincipalRef principal;
};
using ClientRef = std::shared_ptr<const Client>;

/// A user is an owner by its `sub`. Everyone else is one by `session`: the secret it shows, or a new one that it is
/// told. Shown secrets that don't look like ours are not taken.
[[nodiscard]] Client make_client(std::string client_id, auth::PrincipalRef principal, std::string_view shown_session);

/// The owner that a ticket shop calls by its user id.
[[nodiscard]] OwnerId owner_of_user(std::string_view user);

/// The one principal of all who show no credential.
[[nodiscard]] const auth::PrincipalRef& anonymous_principal();

}  // namespace pulso::seats
