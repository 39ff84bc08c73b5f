#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"

namespace pulso::auth {

/// The role that may see and do everything an operator can.
inline constexpr std::string_view admin_role = "admin";

enum class PrincipalKind : std::uint8_t { anonymous, user, api_key };

/// Who is at the other end, as its credential says. Immutable and shared: connections of one credential hold one
/// object.
struct Principal {
  PrincipalKind kind = PrincipalKind::anonymous;
  UserId user;       ///< `sub`; empty for anonymous users and API keys
  std::string name;  ///< for people to read
  std::string email;
  std::string account;   ///< account id, or empty
  std::string attendee;  ///< `attendee_id`, or empty
  std::vector<std::string> roles;
  std::vector<std::string> scopes;
  std::string credential;  ///< `jti` of the token or id of the key, never the secret; empty when the token has no `jti`
  std::optional<WallTime> issued_at;
  std::optional<WallTime> expires_at;  ///< `exp` plus the leeway

  [[nodiscard]] bool is_anonymous() const noexcept { return kind == PrincipalKind::anonymous; }
  [[nodiscard]] bool has_role(std::string_view role) const noexcept {
    return std::ranges::find(roles, role) != roles.end();
  }
  [[nodiscard]] bool has_scope(std::string_view scope) const noexcept {
    return std::ranges::find(scopes, scope) != scopes.end();
  }
};

using PrincipalRef = std::shared_ptr<const Principal>;

}  // namespace pulso::auth
