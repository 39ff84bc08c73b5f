#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "features/tracks/playback_reports.h"
#include "features/tracks/playback_rules.h"

namespace pulso::tracks {

inline Track track_of(const std::string& id, milliseconds duration = std::chrono::minutes{5}) {
  Track track;
  track.id = TrackId{id};
  track.title = "Title of " + id;
  track.mime_type = "audio/mpeg";
  track.duration = duration;
  return track;
}

/// `updated>others`: an announcement and whom it is for.
inline std::string name_of(const Notice& notice) {
  static const std::map<Announcement, std::string> announcements{
      {Announcement::playing, "playing"},        {Announcement::paused, "paused"},
      {Announcement::updated, "updated"},        {Announcement::queue, "queue"},
      {Announcement::volume, "volume"},          {Announcement::devices, "devices"},
      {Announcement::transferred, "transferred"}};
  static const std::map<Audience, std::string> audiences{
      {Audience::everyone, "everyone"}, {Audience::others, "others"}, {Audience::silent_others, "silent_others"},
      {Audience::sender, "sender"},     {Audience::active, "active"}, {Audience::inactive, "inactive"}};
  return announcements.at(notice.announcement) + ">" + audiences.at(notice.audience);
}

using Announced = std::vector<std::string>;

inline Announced names_of(const Decision& decision) {
  Announced names;
  for (const Notice& notice : decision.notices) names.push_back(name_of(notice));
  return names;
}

/// One user's playback with a clock that tests turn, and devices `a`, `b`, `c`. What is said comes back as the names of
/// what is announced.
class Stage {
 public:
  Playback state;
  WallTime now{milliseconds{1'705'314'600'000}};

  explicit Stage(const std::vector<std::string>& devices = {"a", "b"}) {
    for (const std::string& device : devices) join(device);
    pass(std::chrono::seconds{10});
  }

  /// The connections stand meanwhile.
  void pass(milliseconds time) {
    now += time;
    for (Device& device : state.devices) device.seen_at = now;
  }
  /// Nobody renews them.
  void pass_unattended(milliseconds time) { now += time; }
  Announced join(const std::string& device) {
    views[device] = {.joined_at = now};
    return names_of(tracks::join(state, DeviceId{device}, "connection", {}, now));
  }
  Announced leave(const std::string& device) {
    return names_of(tracks::leave(state, DeviceId{device}, "connection", now));
  }
  /// Its instance says that it is there still.
  Announced renew(const std::string& device) {
    const std::vector devices{DeviceId{device}};
    return names_of(tracks::renew(state, devices, now));
  }
  Announced drop_expired() { return names_of(tracks::drop_expired(state, now)); }
  Announced play(const std::string& device, const std::string& track = "x", double seconds = 0) {
    return names_of(tracks::play(state, DeviceId{device}, track_of(track), to_position(seconds), now));
  }
  Announced pause(const std::string& device, std::optional<double> seconds = {}) {
    const auto position = seconds ? std::optional{to_position(*seconds)} : std::nullopt;
    return names_of(tracks::pause(state, DeviceId{device}, track_of("x"), position, now));
  }
  Announced seek(const std::string& device, double seconds) {
    return names_of(*tracks::seek(state, DeviceId{device}, to_position(seconds), now));
  }
  Announced report(const std::string& device, double seconds, bool is_playing = true, const std::string& track = "x") {
    const Report report{
        .timeline = {.track = TrackId{track}, .position = to_position(seconds), .at = now, .is_playing = is_playing},
        .revision = {}};
    const Track known = track_of(track);
    return names_of(judge(state, views[device], DeviceId{device}, report, &known, now));
  }
  /// Reports of a device that plays for `time` from `seconds` on, as a media element makes them. What was announced
  /// meanwhile.
  Announced listen(const std::string& device, double seconds, milliseconds time) {
    Announced told;
    for (milliseconds passed{0}; passed < time; passed += milliseconds{250}) {
      for (const std::string& name : report(device, seconds + static_cast<double>(passed.count()) / 1000)) {
        told.push_back(name);
      }
      pass(milliseconds{250});
    }
    return told;
  }
  [[nodiscard]] double position() const { return static_cast<double>(state.position_at(now).count()) / 1000; }

  static milliseconds to_position(double seconds) { return milliseconds{static_cast<std::int64_t>(seconds * 1000)}; }

  std::map<std::string, DeviceView> views;
};

}  // namespace pulso::tracks
