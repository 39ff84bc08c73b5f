#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "features/tracks/track.h"

namespace pulso::tracks {

/// A connection of a user that plays, follows or commands: the id of its Socket.IO socket.
using DeviceId = StrongId<struct DeviceTag>;

/// A course of play: where in which track at which time, and whether it moves on from there.
struct Timeline {
  TrackId track;
  milliseconds position{0};
  WallTime at{};
  bool is_playing = false;

  [[nodiscard]] milliseconds position_at(WallTime now) const noexcept {
    return is_playing && now > at ? position + (now - at) : position;
  }
};

struct Device {
  DeviceId id;
  std::string connection;  ///< which of its connections has it now: a recovered one keeps the device's id
  std::string name;        ///< for people to choose from; empty until the device says it
  WallTime seen_at{};      ///< renewed by the instance that has the connection
  bool is_heard = false;   ///< whether it has ever reported where it plays
};

/// The last thing that a user's devices were told to do: what they report is judged by whether they can have heard it.
struct Told {
  std::uint64_t revision = 0;
  WallTime at{};
  bool is_playing = false;
  WallTime flipped_at{};  ///< when that became another than before, and the time before that
  WallTime flipped_before{};
};

/// The device that alone was to be heard and whose connection was lost: it may come back to it.
struct LostActive {
  DeviceId device;             ///< empty: none
  std::uint64_t revision = 0;  ///< of what was told when it went: nobody has commanded since while that stands
  bool was_playing = false;
};

using Queue = std::vector<TrackId>;

/// What one user hears, on all devices together. Every change gives it the next `revision`.
struct Playback {
  std::uint64_t revision = 0;
  Track track;  ///< as it was when it began; without an id: nothing has been played yet
  Timeline timeline;
  bool is_paused_by_absence = false;  ///< the last device left; the first that still plays goes on
  double volume = 1;                  ///< 0 to 1
  std::shared_ptr<const Queue> queue = std::make_shared<Queue>();
  std::size_t queue_cursor = 0;  ///< the entry that comes next
  DeviceId leader;               ///< commanded last: its timeline is the one that counts. Empty: nobody yet
  DeviceId active;               ///< the one device that is to be heard; empty: all of them
  LostActive lost_active;
  Told told;
  WallTime lag_told_at{};  ///< when those that never report were told that the leader had fallen behind
  std::vector<Device> devices;
  std::vector<std::string> requests;  ///< ids of the last commands that were executed, the newest last

  [[nodiscard]] bool has_track() const noexcept { return !track.id.empty(); }
  [[nodiscard]] bool is_playing() const noexcept { return timeline.is_playing; }
  /// Not past the end, where the track's duration is known.
  [[nodiscard]] milliseconds position_at(WallTime now) const noexcept;
  /// Its entry, or null.
  [[nodiscard]] const Device* find_device(const DeviceId& id) const noexcept;
  [[nodiscard]] Device* find_device(const DeviceId& id) noexcept;
};

/// Devices that a user's list shows; further ones take part without standing in it.
inline constexpr std::size_t devices_max = 32;
inline constexpr std::size_t queue_length_max = 500;
inline constexpr std::size_t requests_max = 32;
/// A device that its instance has not renewed for so long is gone, with the instance. Noticed by whoever renews next:
/// both together are less than a minute.
inline constexpr milliseconds device_lease{40'000};
inline constexpr milliseconds device_renewal{14'000};
inline constexpr milliseconds progress_interval{2'000};

/// Whom an announcement is for.
enum class Audience : std::uint8_t {
  everyone,
  others,         ///< all but the device that it came from
  silent_others,  ///< those of them that never report where they are
  sender,         ///< the device that it came from, alone
  active,         ///< the device that alone is to be heard
  inactive,       ///< all but that one
  returned,       ///< the device that has come back to its connection, alone
};

enum class Announcement : std::uint8_t { playing, paused, updated, queue, volume, devices, transferred };

struct Notice {
  Announcement announcement;
  Audience audience;
};

/// What became of a command or a report.
struct Decision {
  bool is_changed = false;  ///< the state is to be kept
  std::vector<Notice> notices;
};

}  // namespace pulso::tracks
