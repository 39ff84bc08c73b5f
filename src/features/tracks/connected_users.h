#pragma once
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/token_bucket.h"
#include "features/tracks/playback.h"

namespace pulso::tracks {

/// Which devices of which users are connected to this instance, and how fast each user may send, on all of them
/// together. Thread-safe.
class ConnectedUsers {
 public:
  explicit ConnectedUsers(RateLimit messages) : messages_(messages) {}

  void add(const UserId& user, const DeviceId& device);
  void remove(const UserId& user, const DeviceId& device);
  /// Takes one message out of the user's allowance; false when it is used up.
  [[nodiscard]] bool take(const UserId& user, SteadyTime now);
  /// Everybody who has devices here. Forgets allowances of users who have none.
  [[nodiscard]] std::vector<std::pair<UserId, std::vector<DeviceId>>> list(SteadyTime now);

 private:
  /// An allowance has filled up again after this long without a message.
  static constexpr milliseconds allowance_time{60'000};

  struct User {
    std::vector<DeviceId> devices;
    TokenBucket bucket;
    SteadyTime used_at{};
  };

  RateLimit messages_;
  std::mutex mutex_;
  std::unordered_map<UserId, User> users_;
};

}  // namespace pulso::tracks
