#include "auth/revocations.h"

#include <soci/soci.h>

#include "ops/log.h"

namespace pulso::auth {
namespace {

constexpr milliseconds poll_interval{1'000};

Result<void> insert(store::Session& session, const std::string& kind, const std::string& subject, WallTime now) {
  const long long revoked_at = now.time_since_epoch().count();
  session.sql() << "INSERT INTO revocations (kind, subject, revoked_at) VALUES (:kind, :subject, :at) "
                   "ON CONFLICT (kind, subject) DO UPDATE SET revoked_at = excluded.revoked_at",
      soci::use(kind), soci::use(subject), soci::use(revoked_at);
  announce_revocation(session);
  return {};
}

}  // namespace

void announce_revocation(store::Session& session) {
  session.sql() << "UPDATE revocation_count SET count = count + 1";
}

Result<void> revoke_token(store::Session& session, const std::string& jti, WallTime now) {
  return insert(session, "token", jti, now);
}

Result<void> revoke_user(store::Session& session, const std::string& user, WallTime now) {
  return insert(session, "user", user, now);
}

Revocations::Revocations(store::Database& database) : database_(database), thread_([this] { poll(); }) {}

Revocations::~Revocations() {
  {
    const std::lock_guard lock{mutex_};
    is_stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

bool Revocations::is_revoked(const Principal& principal) const noexcept {
  const auto snapshot = snapshot_.load();
  if (principal.kind == PrincipalKind::api_key) return snapshot->api_keys.contains(principal.credential);
  if (principal.kind != PrincipalKind::user) return false;
  if (!principal.credential.empty() && snapshot->tokens.contains(principal.credential)) return true;
  const auto user = snapshot->users.find(principal.user.value());
  // A token that does not say when it was issued may be an old one.
  return user != snapshot->users.end() && (!principal.issued_at || *principal.issued_at <= user->second);
}

Result<void> Revocations::refresh() {
  Snapshot fresh;
  bool is_new = false;
  auto read = database_.run([&, known = snapshot_.load()->count](store::Session& session) -> Result<void> {
    fresh = {};
    session.sql() << "SELECT count FROM revocation_count", soci::into(fresh.count);
    is_new = fresh.count != known;
    if (!is_new) return {};
    std::string kind, subject;
    long long revoked_at = 0;
    soci::statement revoked = (session.sql().prepare << "SELECT kind, subject, revoked_at FROM revocations",
                               soci::into(kind), soci::into(subject), soci::into(revoked_at));
    revoked.execute();
    while (revoked.fetch()) {
      if (kind == "token") fresh.tokens.insert(subject);
      if (kind == "user") fresh.users.emplace(subject, WallTime{milliseconds{revoked_at}});
    }
    soci::statement keys =
        (session.sql().prepare << "SELECT id FROM api_keys WHERE is_active = 0", soci::into(subject));
    keys.execute();
    while (keys.fetch()) fresh.api_keys.insert(subject);
    return {};
  });
  if (read && is_new) snapshot_.store(std::move(fresh));
  return read;
}

void Revocations::poll() {
  bool was_read = true;
  std::unique_lock lock{mutex_};
  while (!wake_.wait_for(lock, poll_interval, [this] { return is_stopping_; })) {
    lock.unlock();
    const auto read = refresh();
    if (!read && was_read) {
      ops::log_warning("auth", "revocations cannot be read; the last known ones hold",
                       {{"error", read.error().message}});
    }
    was_read = read.has_value();
    lock.lock();
  }
}

}  // namespace pulso::auth
