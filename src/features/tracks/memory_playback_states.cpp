#include "features/tracks/memory_playback_states.h"

#include <optional>
#include <utility>

#include "features/tracks/playback_codec.h"
#include "features/tracks/playback_rules.h"
#include "ops/log.h"

namespace pulso::tracks {

using boost::asio::awaitable;

awaitable<Result<Playback>> MemoryPlaybackStates::decide(UserId user, Rule rule, Announce announce) {
  while (true) {
    std::optional<Playback> decided;
    {
      const std::lock_guard lock{mutex_};
      if (const auto found = entries_.find(user); found != entries_.end()) {
        Entry& entry = found->second;
        entry.used_at = now();
        decided = entry.state;
        const Decision decision = rule(*decided, entry.used_at);
        if (decision.is_changed) {
          entry.state = *decided;
          unwritten_.insert(user);
        }
        announce(*decided, decision, entry.used_at);
      }
    }
    if (decided) {
      write_behind();
      co_return *std::move(decided);
    }
    if (auto loaded = co_await load(user); !loaded) co_return fail(loaded);
  }
}

awaitable<Result<void>> MemoryPlaybackStates::load(UserId user) {
  auto saved = co_await store_.load(user);
  if (!saved) co_return fail(saved);
  Playback state;
  if (*saved) {
    if (auto parsed = parse_playback((*saved)->state)) state = *std::move(parsed);
    revive(state, (*saved)->saved_at);
  }
  const std::lock_guard lock{mutex_};
  entries_.try_emplace(user, Entry{.state = std::move(state), .used_at = now()});  // another may have been faster
  co_return Result<void>{};
}

void MemoryPlaybackStates::write_behind() {
  std::vector<PlaybackStore::Record> records;
  std::vector<UserId> users;
  {
    const std::lock_guard lock{mutex_};
    if (is_writing_ || unwritten_.empty()) return;
    is_writing_ = true;
    while (!unwritten_.empty() && records.size() < write_batch_max) {
      const auto first = unwritten_.begin();
      records.push_back({*first, encode_playback(entries_.at(*first).state), now()});
      users.push_back(*first);
      unwritten_.erase(first);
    }
  }
  store_.save(std::move(records), [self = shared_from_this(), users = std::move(users)](Result<void> result) mutable {
    self->on_written(std::move(users), result);
  });
}

void MemoryPlaybackStates::on_written(std::vector<UserId> users, const Result<void>& result) {
  {
    const std::lock_guard lock{mutex_};
    is_writing_ = false;
    has_failed_ = !result;
    if (!result) {
      ops::log_error("tracks", "playback could not be written", {{"error", result.error().message}});
      unwritten_.insert(users.begin(), users.end());
    }
  }
  if (result) write_behind();
  idle_.notify_all();
}

void MemoryPlaybackStates::keep_progress() {
  {
    const std::lock_guard lock{mutex_};
    for (const auto& [user, entry] : entries_) {
      if (entry.state.is_playing() && !entry.state.devices.empty()) unwritten_.insert(user);
    }
  }
  write_behind();
}

awaitable<void> MemoryPlaybackStates::maintain() {
  write_behind();
  const std::lock_guard lock{mutex_};
  const WallTime time = now();
  std::erase_if(entries_, [&](const auto& item) {
    const auto& [user, entry] = item;
    const bool is_in_work = unwritten_.contains(user) || is_writing_;
    return entry.state.devices.empty() && entry.used_at + idle_time < time && !is_in_work;
  });
  co_return;
}

void MemoryPlaybackStates::finish(milliseconds timeout) {
  write_behind();
  std::unique_lock lock{mutex_};
  idle_.wait_for(lock, timeout, [this] { return !is_writing_ && (unwritten_.empty() || has_failed_); });
}

}  // namespace pulso::tracks
