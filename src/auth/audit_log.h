#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "auth/principal.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

namespace pulso::auth {

/// Something that an operator may be asked about later: a credential made or revoked, a sale undone, a refusal by
/// policy.
struct AuditEntry {
  WallTime at;
  std::string actor;    ///< user or key id, or `command line`
  std::string action;   ///< `api_key.create`, `seats.unsell`, …
  std::string subject;  ///< what it was done to
  std::string detail;   ///< never a secret
};

/// The append-only audit table, and a log line for each entry. Thread-safe.
class AuditLog {
 public:
  AuditLog(store::Database& database, const Clock& clock) noexcept : database_(database), clock_(clock) {}

  /// What that user or key has done. Does not wait: a failure to write is itself logged.
  void record(const Principal& actor, std::string action, std::string subject, std::string detail = {});
  /// Inside the transaction that it speaks of.
  static void write(store::Session& session, const AuditEntry& entry);
  /// The newest `count`, oldest first.
  [[nodiscard]] static Result<std::vector<AuditEntry>> tail(store::Session& session, int count);

 private:
  store::Database& database_;
  const Clock& clock_;
};

}  // namespace pulso::auth
