#pragma once
#include <cstdint>

#include "base/clock.h"
#include "features/events/account_event.h"
#include "store/session.h"

namespace pulso::events {

/// What became of a draft.
struct Appended {
  std::string id;
  bool is_new = true;  ///< false: an event of that id was there already
};

/// Appends to one account's log within a transaction that may do other things too: all of it is there, or nothing.
/// Holds the account's row from its making until the transaction ends: whoever else appends waits, so that numbers and
/// commits have one order, and what is read behind it is as the last writer left it.
class LogWriter {
 public:
  LogWriter(store::Session& session, AccountId account, WallTime now);

  /// An event whose id the log has already is not appended again.
  Appended append(const EventDraft& draft);
  /// The ledger's: nobody else may use its id, and where the log has it all the same the transaction fails
  /// (`Errc::conflict`) rather than that a change goes untold.
  void append_own(const EventDraft& draft);
  /// The time, in milliseconds, that the next event will have. Strictly increases within the account, whatever the
  /// clocks of the instances say.
  [[nodiscard]] std::int64_t next_ms() const noexcept;
  /// Takes that time for nothing, so that no event will ever have it.
  std::int64_t take_ms() noexcept { return last_ms_ = next_ms(); }
  [[nodiscard]] std::uint64_t last_sequence() const noexcept { return static_cast<std::uint64_t>(last_sequence_); }
  /// Last of all calls: writes down how far the log goes now.
  void finish();

 private:
  std::string insert(const EventDraft& draft);

  store::Session& session_;
  const AccountId account_;
  const long long now_ms_;
  long long last_sequence_ = 0;
  long long last_ms_ = 0;
};

}  // namespace pulso::events
