#pragma once
#include <string>
#include <vector>

#include "app/config_loader.h"
#include "app/console.h"
#include "base/clock.h"

namespace pulso::app {

// Commands about credentials. They work beside a running server on the same database, which learns of revocations
// within a second, and bring an older schema up to date first. Each gives the exit code of the process: 0 done, 1
// failed, which `console.err` explains. Credential changes are written to the audit log in the transaction that makes
// them.

/// `pulso token mint`: prints a JWT signed with `auth.jwt_secret`.
struct MintToken {
  std::string subject;
  std::string name;
  std::string email;
  std::string account;
  std::vector<std::string> roles;
  std::vector<std::string> scopes;
  std::string lifetime = "1h";  ///< a duration of at least a second
};
[[nodiscard]] int run_token_mint(const ConfigInput& input, const MintToken& wanted, const Clock& clock,
                                 const Console& console);

/// `pulso token revoke`: one token by its `jti`, or all that a user was issued until now. Exactly one is given.
struct RevokeToken {
  std::string token_id;
  std::string subject;
};
[[nodiscard]] int run_token_revoke(const ConfigInput& input, const RevokeToken& wanted, const Clock& clock,
                                   const Console& console);

/// `pulso key create`: prints the key, this once.
struct CreateKey {
  std::string name;
  std::string account;
  std::vector<std::string> scopes;
  std::string lifetime;  ///< a duration; empty: the key does not expire
};
[[nodiscard]] int run_key_create(const ConfigInput& input, const CreateKey& wanted, const Clock& clock,
                                 const Console& console);

/// `pulso key list`: id, state, account, scopes, expiry and name, one key a line.
[[nodiscard]] int run_key_list(const ConfigInput& input, const Clock& clock, const Console& console);

/// `pulso key revoke ID`
[[nodiscard]] int run_key_revoke(const ConfigInput& input, const std::string& id, const Clock& clock,
                                 const Console& console);

/// `pulso audit tail -n COUNT`: the newest entries, oldest first.
[[nodiscard]] int run_audit_tail(const ConfigInput& input, int count, const Console& console);

}  // namespace pulso::app
