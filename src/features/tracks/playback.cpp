#include "features/tracks/playback.h"

#include <algorithm>

namespace pulso::tracks {

milliseconds Playback::position_at(WallTime now) const noexcept {
  const milliseconds position = timeline.position_at(now);
  return track.duration > milliseconds{0} ? std::min(position, track.duration) : position;
}

const Device* Playback::find_device(const DeviceId& id) const noexcept {
  const auto found = std::ranges::find(devices, id, &Device::id);
  return found == devices.end() ? nullptr : &*found;
}

Device* Playback::find_device(const DeviceId& id) noexcept {
  const auto found = std::ranges::find(devices, id, &Device::id);
  return found == devices.end() ? nullptr : &*found;
}

}  // namespace pulso::tracks
