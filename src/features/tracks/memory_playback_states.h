#pragma once
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "features/tracks/playback_states.h"
#include "features/tracks/playback_store.h"

namespace pulso::tracks {

/// `PlaybackStates` of a single instance: decisions under one lock, in memory, read from the database when a user is
/// first asked for. What was decided is written behind it at once; decisions that fall while a write runs go together
/// into the next. A crash loses what was decided during the last write.
class MemoryPlaybackStates final : public PlaybackStates, public std::enable_shared_from_this<MemoryPlaybackStates> {
 public:
  /// How long a user without devices stays in memory.
  static constexpr milliseconds idle_time{10 * 60 * 1000};
  /// Users written in one transaction.
  static constexpr std::size_t write_batch_max = 500;

  /// Both outlive it.
  MemoryPlaybackStates(const Clock& clock, PlaybackStore& store) : clock_(clock), store_(store) {}

  boost::asio::awaitable<Result<Playback>> decide(UserId user, Rule rule, Announce announce) override;
  [[nodiscard]] WallTime now() const noexcept override { return clock_.now(); }
  void keep_progress() override;
  boost::asio::awaitable<void> maintain() override;
  void finish(milliseconds timeout) override;

 private:
  struct Entry {
    Playback state;
    WallTime used_at{};
  };

  boost::asio::awaitable<Result<void>> load(UserId user);
  /// Starts a write unless one runs. Without the lock: a full queue answers on this thread.
  void write_behind();
  void on_written(std::vector<UserId> users, const Result<void>& result);

  const Clock& clock_;
  PlaybackStore& store_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::unordered_map<UserId, Entry> entries_;
  std::unordered_set<UserId> unwritten_;
  bool is_writing_ = false;
  bool has_failed_ = false;  ///< the last write; tried again with the next decision, or by `maintain`
};

}  // namespace pulso::tracks
