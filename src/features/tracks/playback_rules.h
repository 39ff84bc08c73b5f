#pragma once
#include <optional>
#include <span>
#include <string>

#include "features/tracks/playback.h"
#include "features/tracks/tracks_errors.h"

/// What commands do to a user's playback. Pure: the state, the command and the time in; the state as it is from then
/// on, and who is to be told what, out. A refused command changes nothing.
///
/// `device` is empty for commands that came over HTTP.
namespace pulso::tracks {

/// Devices whose lease is over are gone with their instance, as if they had left when they were last seen. Decided
/// before any rule but `renew`, which does so itself.
Decision drop_expired(Playback& state, WallTime now);
/// Brings the state up to `now`: stops at the end of the track. Called by every rule first.
void settle(Playback& state, WallTime now);

/// Plays `track` from `position`, or from where it stands when it is the current one; else from its start.
Decision play(Playback& state, const DeviceId& device, const Track& track, std::optional<milliseconds> position,
              WallTime now);
/// Makes `track` the current one, paused at `position`, or where it stands.
Decision pause(Playback& state, const DeviceId& device, const Track& track, std::optional<milliseconds> position,
               WallTime now);
/// Refused with `nothing_playing` before anything was played.
Outcome<Decision> seek(Playback& state, const DeviceId& device, milliseconds position, WallTime now);
/// What the HTTP route says of itself, without a device whose reports could be followed: taken at its word, and told on
/// by the same measure as reports are.
Decision update(Playback& state, const DeviceId& device, const Track& track, milliseconds position, bool is_playing,
                WallTime now);

/// Replaces the queue. What plays goes on; when it stands in the queue, its next one comes next: of several
/// such entries, that of the nearest to the place so far.
Outcome<Decision> set_queue(Playback& state, Queue queue, WallTime now);
/// Appends, or puts in as the next one.
Outcome<Decision> add_to_queue(Playback& state, TrackId track, bool as_next, WallTime now);
/// The index of the current track, when it was played from the queue.
[[nodiscard]] std::optional<std::size_t> queue_index(const Playback& state) noexcept;
/// The entry that `next` or `previous` leads to, or nothing.
[[nodiscard]] std::optional<std::size_t> queue_neighbour(const Playback& state, bool forward) noexcept;
/// Plays the entry at `index`, which is `track`. Nothing when the queue has changed meanwhile.
std::optional<Decision> play_queued(Playback& state, const DeviceId& device, std::size_t index, const Track& track,
                                    WallTime now);
/// Takes an entry out whose track is gone. Nothing when the queue has changed meanwhile.
Decision drop_queued(Playback& state, std::size_t index, const TrackId& track, WallTime now);

/// A track is gone for good: it stops, and leaves the queue.
Decision forget_track(Playback& state, const TrackId& track, WallTime now);

Decision set_volume(Playback& state, double volume, WallTime now);

/// A connection came; of a device that is known, it takes the place of an older one.
Decision join(Playback& state, const DeviceId& device, std::string connection, std::string name, WallTime now);
/// A device says what it is called.
Decision rename(Playback& state, const DeviceId& device, std::string name, WallTime now);
/// A connection has ended; nothing when a newer one has taken its place. The last device pauses at its position; so
/// does the one that alone was to be heard.
Decision leave(Playback& state, const DeviceId& device, const std::string& connection, WallTime now);
/// What a device is told that was away while things changed.
Decision tell_returned(Playback& state, const DeviceId& device, WallTime now);
/// The connections still stand; those that nobody renews are dropped.
Decision renew(Playback& state, std::span<const DeviceId> devices, WallTime now);
/// "Play there": only `target` is to be heard from now on; with an empty one, all devices are.
Outcome<Decision> transfer(Playback& state, const DeviceId& device, const DeviceId& target, WallTime now);

/// A state read after a restart: nobody is connected any more, and what played stopped when it was last saved.
void revive(Playback& state, WallTime saved_at);

/// Notes that `device` has changed the course: it leads, and everybody's reports are judged anew.
void tell(Playback& state, const DeviceId& device, WallTime now);

}  // namespace pulso::tracks
