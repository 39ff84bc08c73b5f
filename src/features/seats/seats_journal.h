#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "features/seats/seat.h"

namespace pulso::seats {

/// One seat's hold as it is now; nothing when it is gone.
struct JournalRecord {
  RoomId room;
  SeatId seat;
  std::optional<Hold> hold;
};

/// One decision: what to write, what to announce once it is written, and whom to answer.
struct JournalEntry {
  RoomId room;
  std::vector<JournalRecord> records;
  std::vector<SeatChange> events;
  std::move_only_function<void(bool committed)> done;
};

/// Makes decisions durable before anyone hears of them. Everything decided within one loop turn, or while a commit
/// runs, is written in one transaction; entries are settled in the order of their decisions. Thread-safe.
///
/// When a commit fails, every entry that waits is settled as not committed and `epoch` moves on: whoever decided on
/// state of an earlier epoch has to read the database again.
///
/// Owned by a `shared_ptr`: its turns hold it, so that the last one may end after its owner has seen it idle.
class SeatsJournal : public std::enable_shared_from_this<SeatsJournal> {
 public:
  /// Writes all records in one transaction and reports once, on any thread.
  using Write = std::function<void(std::vector<JournalRecord>, std::move_only_function<void(Result<void>)>)>;
  /// Called for each batch in turn, never from within `append`.
  using Settle = std::function<void(std::vector<JournalEntry>, bool committed)>;

  /// Entries that wait for a commit; one more is refused.
  static constexpr std::size_t entries_waiting_max = 65'536;

  /// `executor` runs the gathering of those who append outside of any shard.
  SeatsJournal(boost::asio::any_io_executor executor, Write write, Settle settle);

  /// False, with the entry left alone, when `epoch` is over or too much waits.
  [[nodiscard]] bool append(JournalEntry& entry, std::uint64_t epoch);
  [[nodiscard]] std::uint64_t epoch() const;
  /// Blocks until nothing waits or is being written, at most `timeout`. For stopping, while the loops still run.
  void wait_idle(milliseconds timeout);

 private:
  void flush();
  void written(std::vector<JournalEntry> batch, Result<void> result);

  boost::asio::any_io_executor executor_;
  Write write_;
  Settle settle_;
  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::vector<JournalEntry> waiting_;
  bool is_busy_ = false;  ///< a flush is scheduled or a commit runs
  std::uint64_t epoch_ = 1;
};

}  // namespace pulso::seats
