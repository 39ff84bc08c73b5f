#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/jwks_source.h"
#include "auth/jwt_keys.h"
#include "auth/shared_snapshot.h"
#include "base/clock.h"
#include "base/result.h"

namespace pulso::auth {

using KeyList = std::vector<JwtKeyRef>;
using KeyListRef = std::shared_ptr<const KeyList>;

/// The keys that users' tokens may be signed with: a secret, a PEM file, key sets. Sets are read again every ten
/// minutes, so that withdrawn keys go, and when a token names a key that is not known, at most each ten seconds, so
/// that forged ones cannot keep the reader busy. A source that cannot be read keeps its last keys. Thread-safe;
/// outlives the coroutines that wait in it, and ends before their loops are destroyed.
class KeyRing {
 public:
  /// Loads the keys that are not in a set; called again by `reload`.
  using FixedKeys = std::function<Result<KeyList>()>;

  /// Reads everything. Fails where fixed keys or a file are missing or wrong; a URL that does not answer yet is only
  /// logged.
  [[nodiscard]] static Result<std::unique_ptr<KeyRing>> create(FixedKeys fixed,
                                                               std::vector<std::unique_ptr<JwksSource>> sources,
                                                               const Clock& clock);
  ~KeyRing();
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

  [[nodiscard]] KeyListRef keys() const { return keys_.load(); }
  /// The keys for a token that names `key_id` (or nothing); null where the sets may have it but are to be read for it.
  [[nodiscard]] KeyListRef known_keys_for(const std::string& key_id) const;
  /// The same, after reading the sets again where that may help. Of those
  /// who wait for one reading, more than 256 get the keys as they are.
  [[nodiscard]] boost::asio::awaitable<KeyListRef> keys_for(std::string key_id);
  /// Whether a set that could not be read lately may have the key that a token names: it is not known to be forged.
  [[nodiscard]] bool may_lack(const std::string& key_id) const;
  /// Reads everything now, waiting for it; says what failed first. What cannot be read stays as it was.
  [[nodiscard]] Result<void> reload();

 private:
  struct Set {
    std::unique_ptr<JwksSource> source;
    KeyList keys;
    bool is_away = false;  ///< it could not be read the last time
  };

  KeyRing(FixedKeys fixed, std::vector<std::unique_ptr<JwksSource>> sources, const Clock& clock);
  [[nodiscard]] Result<void> read_fixed();
  [[nodiscard]] Result<void> read(Set& set);
  void read_sets();
  void publish();
  void serve();
  /// Calls `done` once, when a reading has ended or at once when none is due.
  void want_reading(std::function<void()> done);

  const FixedKeys read_fixed_;
  const Clock& clock_;
  SharedSnapshot<KeyList> keys_;
  std::atomic<bool> is_set_away_ = false;  ///< one at least

  std::mutex reading_;  ///< held while sources are read; guards the two below
  KeyList fixed_;
  std::vector<Set> sets_;

  std::mutex mutex_;  ///< guards what follows
  std::condition_variable wake_;
  bool is_wanted_ = false;  ///< from the wish until that reading has ended
  bool is_stopping_ = false;
  std::optional<SteadyTime> wanted_at_;
  std::vector<std::function<void()>> waiting_;
  std::thread thread_;  ///< only where there are sets
};

}  // namespace pulso::auth
