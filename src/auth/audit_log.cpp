#include "auth/audit_log.h"

#include <algorithm>

#include <soci/soci.h>

#include "ops/log.h"

namespace pulso::auth {

void AuditLog::record(const Principal& actor, std::string action, std::string subject, std::string detail) {
  AuditEntry entry{clock_.now(), actor.user.empty() ? actor.credential : actor.user.value(), std::move(action),
                   std::move(subject), std::move(detail)};
  ops::log_info("audit", entry.action, {{"actor", entry.actor}, {"subject", entry.subject}, {"detail", entry.detail}});
  database_.post(
      [entry = std::move(entry)](store::Session& session) -> Result<void> {
        write(session, entry);
        return {};
      },
      [](const Result<void>& written) {
        if (!written) ops::log_error("audit", "an entry could not be stored", {{"error", written.error().message}});
      });
}

void AuditLog::write(store::Session& session, const AuditEntry& entry) {
  const long long at = entry.at.time_since_epoch().count();
  session.sql() << "INSERT INTO audit_log (at, actor, action, subject, detail) VALUES (:at, :actor, :action, :subject, "
                   ":detail)",
      soci::use(at), soci::use(entry.actor), soci::use(entry.action), soci::use(entry.subject), soci::use(entry.detail);
}

Result<std::vector<AuditEntry>> AuditLog::tail(store::Session& session, int count) {
  AuditEntry entry;
  long long at = 0;
  soci::statement statement =
      (session.sql().prepare
           << "SELECT at, actor, action, subject, detail FROM audit_log ORDER BY id DESC LIMIT :count",
       soci::use(count), soci::into(at), soci::into(entry.actor), soci::into(entry.action), soci::into(entry.subject),
       soci::into(entry.detail));
  statement.execute();
  std::vector<AuditEntry> entries;
  while (statement.fetch()) {
    entry.at = WallTime{milliseconds{at}};
    entries.push_back(entry);
  }
  std::ranges::reverse(entries);
  return entries;
}

}  // namespace pulso::auth
