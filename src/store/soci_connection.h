#pragma once
#include <memory>

#include "base/result.h"
#include "store/database.h"
#include "store/database_url.h"

namespace soci {
class session;
}

namespace pulso::store {

/// One connection to the engine, used by one thread. Connects when first needed and again after it was lost.
class SociConnection {
 public:
  SociConnection(const DatabaseUrl& url, milliseconds timeout);
  ~SociConnection();

  [[nodiscard]] Result<void> connect();
  /// One transaction: begins, works, commits; rolls back on an error or an exception. What the engine asks to repeat,
  /// and what failed before anything could be committed because the connection was lost, is repeated until `deadline`.
  /// Work whose deadline has passed is not begun: nobody waits for it any more.
  [[nodiscard]] Result<void> transact(Database::Work& work, Durability durability, SteadyTime deadline);

 private:
  struct Attempt {
    Result<void> result;
    bool may_repeat = false;
  };
  [[nodiscard]] Attempt attempt(Database::Work& work, Durability durability);
  void begin(Durability durability);
  void set_durability(Durability durability);
  void rollback() noexcept;
  /// Turns the exception in flight into an error.
  [[nodiscard]] Attempt classify_exception();

  const DatabaseUrl& url_;
  const milliseconds timeout_;
  std::unique_ptr<soci::session> session_;
  Durability durability_ = Durability::power_loss;
};

}  // namespace pulso::store
