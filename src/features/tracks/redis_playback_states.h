#pragma once
#include <atomic>
#include <cstdint>

#include "bus/redis_client.h"
#include "bus/redis_script.h"
#include "features/tracks/playback_states.h"

namespace pulso::tracks {

/// `PlaybackStates` of several instances: a decision is made on what was read, and kept by a script if nobody was
/// faster; else it is made again. The time is Redis's own, so that positions agree on all instances.
class RedisPlaybackStates final : public PlaybackStates {
 public:
  /// How long a user's playback is kept after the last decision.
  static constexpr milliseconds lifetime{30LL * 24 * 60 * 60 * 1000};
  /// One more attempt than these is `Errc::unavailable`: a user's devices do not race that much.
  static constexpr int attempts_max = 16;

  /// Both outlive it.
  RedisPlaybackStates(const Clock& clock, bus::RedisClient& redis);

  boost::asio::awaitable<Result<Playback>> decide(UserId user, Rule rule, Announce announce) override;
  [[nodiscard]] WallTime now() const noexcept override { return clock_.now() + milliseconds{offset_ms_.load()}; }
  boost::asio::awaitable<void> maintain() override;
  void finish(milliseconds) override {}  // what was decided is kept already

 private:
  struct Read {
    Playback state;
    std::string revision;  ///< as it stands there, or empty
  };
  boost::asio::awaitable<Result<Read>> read(std::string key);

  const Clock& clock_;
  bus::RedisClient& redis_;
  bus::RedisScript save_script_;
  std::atomic<std::int64_t> offset_ms_{0};  ///< of Redis's clock from ours
};

}  // namespace pulso::tracks
