#include "features/tracks/connected_users.h"

#include <algorithm>

namespace pulso::tracks {

void ConnectedUsers::add(const UserId& user, const DeviceId& device) {
  const std::lock_guard lock{mutex_};
  users_[user].devices.push_back(device);
}

void ConnectedUsers::remove(const UserId& user, const DeviceId& device) {
  const std::lock_guard lock{mutex_};
  const auto found = users_.find(user);
  if (found == users_.end()) return;
  // One of them: a device that has come back on a new connection stands there twice until the old one has ended.
  std::vector<DeviceId>& devices = found->second.devices;
  if (const auto place = std::ranges::find(devices, device); place != devices.end()) devices.erase(place);
}

bool ConnectedUsers::take(const UserId& user, SteadyTime now) {
  const std::lock_guard lock{mutex_};
  User& entry = users_[user];
  entry.used_at = now;
  return entry.bucket.take(messages_, now);
}

std::vector<std::pair<UserId, std::vector<DeviceId>>> ConnectedUsers::list(SteadyTime now) {
  const std::lock_guard lock{mutex_};
  std::erase_if(users_, [&](const auto& item) {
    return item.second.devices.empty() && item.second.used_at + allowance_time < now;
  });
  std::vector<std::pair<UserId, std::vector<DeviceId>>> connected;
  for (const auto& [user, entry] : users_) {
    if (!entry.devices.empty()) connected.emplace_back(user, entry.devices);
  }
  return connected;
}

}  // namespace pulso::tracks
