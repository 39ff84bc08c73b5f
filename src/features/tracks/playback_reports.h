#pragma once
#include <cstdint>
#include <optional>

#include "features/tracks/playback.h"

/// What devices report of themselves (`updateStreaming`), and what of it is news. Devices report all the time, also
/// while a command is still on its way to them, and some cannot do as they are told: a browser without a gesture stays
/// paused. So a report is believed only as far as it can be an answer to what the device was told last.
namespace pulso::tracks {

/// How far two devices may be apart before somebody is told.
inline constexpr milliseconds position_tolerance{1500};
/// How far the leader may be from where it is expected before the expectation follows it, unannounced.
inline constexpr milliseconds drift_tolerance{200};
/// A device that lags is corrected at most this often: once in ten seconds, however much later the first one arrives.
inline constexpr milliseconds correction_interval{11'000};
/// How long a follower's reports may still be of what it did before it was told.
inline constexpr milliseconds echo_window{5000};
/// A device that plays on although it was told to pause is told again after this.
inline constexpr milliseconds obedience_time{2000};
/// Play and pause in quicker succession than this overtake their echoes: so long after them no report of a device that
/// was told of them starts or stops the music.
inline constexpr milliseconds crowding_time{1000};

/// One `updateStreaming`: what a device played at `timeline.at`.
struct Report {
  Timeline timeline;
  /// The newest state that the device had seen; nothing when it does not say.
  std::optional<std::uint64_t> revision;
};

/// What an instance knows of a device that is connected to it, from its reports. Not shared with other instances.
struct DeviceView {
  WallTime joined_at{};
  std::optional<std::uint64_t> told_revision;  ///< of the `Told` that the rest is about
  std::optional<Timeline> own;                 ///< as reported since it was told
  std::optional<Timeline> left;                ///< as reported before: late reports continue it
  bool has_obeyed = false;  ///< was seen playing or paused as told: from now on the opposite is the user's doing
  bool is_author = false;   ///< its own report made the change: there was nothing to obey
  bool is_in_step = false;  ///< was seen where it was told to be: from now on a jump is the user's doing
  std::optional<WallTime> heard_at;  ///< when it first reported, by this connection
  WallTime corrected_at{};
};

/// Judges one report of `device`. `track` is the reported track when it is not the current one, and exists.
Decision judge(Playback& state, DeviceView& view, const DeviceId& device, const Report& report, const Track* track,
               WallTime now);

}  // namespace pulso::tracks
