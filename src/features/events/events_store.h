#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "features/events/account_event.h"
#include "features/events/log_writer.h"
#include "store/database.h"
#include "store/migrations.h"

namespace pulso::events {

/// A point in an account's log that a heartbeat stands for.
struct LogMark {
  std::int64_t ms = 0;               ///< above the times of all events up to `sequence`, below those of all behind it
  std::uint64_t sequence = 0;        ///< the last event
  std::vector<AccountEvent> events;  ///< those up to it, from where the caller asked on
};

/// The logs of all accounts. Within an account, events are numbered in the order in which their transactions commit,
/// and their times strictly increase, whatever the clocks of the instances say.
class EventsStore {
 public:
  explicit EventsStore(store::Database& database) : database_(database) {}
  [[nodiscard]] static std::span<const store::Migration> migrations() noexcept;

  /// All or none. An event whose id the account's log has already is not appended again.
  [[nodiscard]] boost::asio::awaitable<Result<std::vector<Appended>>> append(AccountId account,
                                                                             std::vector<EventDraft> drafts,
                                                                             WallTime now);
  /// At most `count` events behind a sequence number, in order.
  [[nodiscard]] boost::asio::awaitable<Result<std::vector<AccountEvent>>> behind(AccountId account,
                                                                                 std::uint64_t sequence,
                                                                                 std::size_t count);
  [[nodiscard]] boost::asio::awaitable<Result<LogExtent>> extent(AccountId account);
  /// The number of the event of that id.
  [[nodiscard]] boost::asio::awaitable<Result<std::optional<std::uint64_t>>> find(AccountId account, std::string id);
  /// The number of the last event that is no younger than a mark's time; nothing when that is not known any more.
  [[nodiscard]] boost::asio::awaitable<Result<std::optional<std::uint64_t>>> find_mark(AccountId account,
                                                                                       std::int64_t ms);
  /// Takes a time of its own, so that no event will ever have one at or before it. Brings at most `count` events behind
  /// `known`: fewer than that are all there are up to the mark. Without `known` it brings none.
  [[nodiscard]] boost::asio::awaitable<Result<LogMark>> mark(AccountId account, WallTime now,
                                                             std::optional<std::uint64_t> known, std::size_t count);
  /// Forgets events from before a time, and all but the last so many of each account. In pieces, so that payments go
  /// on between them.
  [[nodiscard]] boost::asio::awaitable<Result<void>> prune(WallTime before, std::uint64_t retained);

 private:
  /// Of one account, at most so many; false when there is no more to forget.
  [[nodiscard]] boost::asio::awaitable<Result<bool>> prune_some(std::string account, WallTime before,
                                                                std::uint64_t retained);

  store::Database& database_;
};

}  // namespace pulso::events
