#pragma once
#include <functional>

#include <boost/asio/awaitable.hpp>

#include "base/ids.h"
#include "base/result.h"
#include "features/tracks/playback.h"

namespace pulso::tracks {

/// The playback of every user: one decision at a time for each, over all instances. Thread-safe.
class PlaybackStates {
 public:
  /// Changes the state in place. Runs again, on a newer state, when another instance was faster: it has no other effect
  /// that a second run would not replace.
  using Rule = std::function<Decision(Playback& state, WallTime now)>;
  /// Called once for the run that stands, after it was kept and, on this instance, before the next of that user.
  /// Returns quickly.
  using Announce = std::function<void(const Playback& state, const Decision& decision, WallTime now)>;

  virtual ~PlaybackStates() = default;
  /// Gives the state after the decision; fails with `Errc::unavailable`, and nothing was changed then, nor announced.
  [[nodiscard]] virtual boost::asio::awaitable<Result<Playback>> decide(UserId user, Rule rule, Announce announce) = 0;
  /// The time that all instances agree on.
  [[nodiscard]] virtual WallTime now() const noexcept = 0;
  /// What plays moves on without a decision: called every `progress_interval`, so that a death loses no more of it.
  virtual void keep_progress() {}
  /// Regular work: agreeing on the time, forgetting users who are gone. Called every `device_renewal`.
  [[nodiscard]] virtual boost::asio::awaitable<void> maintain() = 0;
  /// Blocks until what was decided is written, at most `timeout`. While the loops still run, not on one of their
  /// threads.
  virtual void finish(milliseconds timeout) = 0;
};

}  // namespace pulso::tracks
