#pragma once
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "auth/principal.h"
#include "auth/shared_snapshot.h"
#include "base/result.h"
#include "store/database.h"

namespace pulso::auth {

/// Writes a revocation: of one token by its `jti`, or of every token of a user that was issued until now.
[[nodiscard]] Result<void> revoke_token(store::Session& session, const std::string& jti, WallTime now);
[[nodiscard]] Result<void> revoke_user(store::Session& session, const std::string& user, WallTime now);

/// Tells the instances that there is something new, API keys included; in the transaction that revokes.
void announce_revocation(store::Session& session);

/// What has been revoked, as every instance learns it: read from the database each second by a thread of its own, asked
/// for every live connection without a lock. While the database is away the last known state holds.
class Revocations {
 public:
  explicit Revocations(store::Database& database);
  ~Revocations();

  [[nodiscard]] bool is_revoked(const Principal& principal) const noexcept;
  /// Reads now; at start, before the first connection.
  [[nodiscard]] Result<void> refresh();

 private:
  struct Snapshot {
    long long count = -1;  ///< of revocations so far; the tables are read only when it has grown
    std::unordered_set<std::string> tokens;
    std::unordered_map<std::string, WallTime> users;
    std::unordered_set<std::string> api_keys;
  };
  void poll();

  store::Database& database_;
  SharedSnapshot<Snapshot> snapshot_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace pulso::auth
