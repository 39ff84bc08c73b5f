#include "features/seats/seats_journal.h"

#include <iterator>
#include <utility>

#include <boost/asio/post.hpp>

#include "net/shard.h"
#include "ops/log.h"

namespace pulso::seats {

SeatsJournal::SeatsJournal(boost::asio::any_io_executor executor, Write write, Settle settle)
    : executor_(std::move(executor)), write_(std::move(write)), settle_(std::move(settle)) {}

std::uint64_t SeatsJournal::epoch() const {
  const std::lock_guard lock{mutex_};
  return epoch_;
}

void SeatsJournal::wait_idle(milliseconds timeout) {
  std::unique_lock lock{mutex_};
  idle_.wait_for(lock, timeout, [this] { return !is_busy_; });
}

bool SeatsJournal::append(JournalEntry& entry, std::uint64_t epoch) {
  const std::lock_guard lock{mutex_};
  if (epoch != epoch_ || waiting_.size() >= entries_waiting_max) return false;
  waiting_.push_back(std::move(entry));
  if (is_busy_) return true;
  is_busy_ = true;
  // Behind the handlers that are ready in this turn: eight commands of one read become one commit.
  if (net::Shard* shard = net::Shard::current()) {
    shard->post([self = shared_from_this()] { self->flush(); });
  } else {
    boost::asio::post(executor_, [self = shared_from_this()] { self->flush(); });
  }
  return true;
}

void SeatsJournal::flush() {
  std::vector<JournalEntry> batch;
  {
    const std::lock_guard lock{mutex_};
    batch.swap(waiting_);
    if (batch.empty()) {
      is_busy_ = false;
      idle_.notify_all();
      return;
    }
  }
  std::vector<JournalRecord> records;
  for (JournalEntry& entry : batch) {
    records.insert(records.end(), std::make_move_iterator(entry.records.begin()),
                   std::make_move_iterator(entry.records.end()));
  }
  if (records.empty()) {
    written(std::move(batch), {});
    return;
  }
  auto shared = std::make_shared<std::vector<JournalEntry>>(std::move(batch));
  write_(std::move(records), [self = shared_from_this(), shared](Result<void> result) {
    self->written(std::move(*shared), std::move(result));
  });
}

void SeatsJournal::written(std::vector<JournalEntry> batch, Result<void> result) {
  if (!result) {
    ops::log_error("seats", "the journal could not be written", {{"error", result.error().message}});
    const std::lock_guard lock{mutex_};
    ++epoch_;
    // Decided on what has just failed: they fail with it.
    batch.insert(batch.end(), std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
    waiting_.clear();
  }
  settle_(std::move(batch), result.has_value());
  boost::asio::post(executor_, [self = shared_from_this()] { self->flush(); });
}

}  // namespace pulso::seats
