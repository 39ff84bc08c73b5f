#include "features/tracks/playback_rules.h"

#include <algorithm>
#include <utility>

#include "features/tracks/playback_reports.h"

namespace pulso::tracks {
namespace {

Decision changed(Playback& state, std::initializer_list<Notice> notices) {
  ++state.revision;
  return {.is_changed = true, .notices = notices};
}

/// Where a command puts the playhead: within the track.
milliseconds within(const Track& track, milliseconds position) {
  return track.duration > milliseconds{0} ? std::min(position, track.duration) : position;
}

void set_course(Playback& state, const Track& track, milliseconds position, bool is_playing, WallTime now) {
  state.track = track;
  state.timeline = {.track = track.id, .position = within(track, position), .at = now, .is_playing = is_playing};
  state.is_paused_by_absence = false;
}

/// The queue goes on behind the current track, when that stands in it.
void follow_queue(Playback& state) {
  const Queue& queue = *state.queue;
  const std::size_t from = std::min(state.queue_cursor, queue.size());
  const auto begin = queue.begin() + static_cast<std::ptrdiff_t>(from);
  auto found = std::find(begin, queue.end(), state.track.id);
  if (found == queue.end()) found = std::find(queue.begin(), begin, state.track.id);
  if (found != queue.end() && *found == state.track.id) {
    state.queue_cursor = static_cast<std::size_t>(found - queue.begin()) + 1;
  }
}

/// In another queue it goes on behind the current track too: of several such entries, behind the one nearest to where
/// it was, as entries come and go around it.
void keep_place(Playback& state) {
  const Queue& queue = *state.queue;
  const std::size_t old = std::exchange(state.queue_cursor, 0);
  const auto distance = [old](std::size_t cursor) { return cursor > old ? cursor - old : old - cursor; };
  for (std::size_t cursor = 1; cursor <= queue.size(); ++cursor) {
    if (queue[cursor - 1] != state.track.id) continue;
    if (state.queue_cursor == 0 || distance(cursor) < distance(state.queue_cursor)) state.queue_cursor = cursor;
  }
}

void pause_at(Playback& state, WallTime when) {
  state.timeline.position = state.position_at(when);
  state.timeline.at = when;
  state.timeline.is_playing = false;
}

/// Nobody is left to hear it.
void pause_for_absence(Playback& state, WallTime when) {
  pause_at(state, when);
  state.is_paused_by_absence = true;
  state.leader = {};
}

/// Forgets that a device that is gone had a part. True when it was the one to be heard.
bool forget_device(Playback& state, const DeviceId& device) {
  std::erase_if(state.devices, [&](const Device& known) { return known.id == device; });
  if (state.leader == device) state.leader = {};
  if (state.active != device || device.empty()) return false;
  state.active = {};
  return true;
}

/// Devices are gone: one has left, or some were not seen any more.
struct Departure {
  DeviceId active;    ///< that alone was to be heard, when it is among them
  WallTime until{};   ///< when that one, or the last of all, was there
  bool is_announced;  ///< by itself, which needs not be told
};

Decision go_on_without(Playback& state, const Departure& gone, WallTime now) {
  const Audience rest = gone.is_announced ? Audience::others : Audience::everyone;
  Decision decision = changed(state, {{Announcement::devices, rest}});
  const bool was_playing = state.is_playing();
  const bool is_last = state.devices.empty();
  if (was_playing && is_last) {
    pause_for_absence(state, gone.until);
    // Who was only out of sight, as while the engine was away, plays on by what it was told.
    if (gone.is_announced) tell(state, {}, now);
  } else if (was_playing && !gone.active.empty()) {
    pause_at(state, gone.until);
    decision.notices.push_back({Announcement::paused, rest});
    tell(state, {}, now);
  }
  if (!gone.active.empty()) {
    // The last of all goes on by its own reports.
    const bool goes_on = was_playing && !is_last;
    state.lost_active = {.device = gone.active, .revision = state.told.revision, .was_playing = goes_on};
  }
  return decision;
}

}  // namespace

Decision drop_expired(Playback& state, WallTime now) {
  WallTime last_seen{};
  std::vector<Device> expired;
  for (const Device& device : state.devices) {
    last_seen = std::max(last_seen, device.seen_at);
    if (device.seen_at + device_lease < now) expired.push_back(device);
  }
  if (expired.empty()) return {};
  Departure gone{.active = {}, .until = last_seen, .is_announced = false};
  for (const Device& device : expired) {
    if (!forget_device(state, device.id)) continue;
    gone.active = device.id;
    gone.until = device.seen_at;
  }
  if (state.devices.empty()) gone.until = last_seen;
  gone.until = std::max(gone.until, state.timeline.at);
  return go_on_without(state, gone, now);
}

void settle(Playback& state, WallTime now) {
  const bool has_ended = state.is_playing() && state.track.duration > milliseconds{0} &&
                         state.timeline.position_at(now) >= state.track.duration;
  if (!has_ended) return;
  const WallTime end = state.timeline.at + (state.track.duration - state.timeline.position);
  state.timeline = {.track = state.track.id, .position = state.track.duration, .at = end, .is_playing = false};
}

void tell(Playback& state, const DeviceId& device, WallTime now) {
  // One that is not there would lead for ever: the first that is in step does.
  state.leader = state.find_device(device) ? device : DeviceId{};
  state.told.revision = state.revision;
  state.told.at = now;
  if (std::exchange(state.told.is_playing, state.is_playing()) == state.is_playing()) return;
  state.told.flipped_before = std::exchange(state.told.flipped_at, now);
}

Decision play(Playback& state, const DeviceId& device, const Track& track, std::optional<milliseconds> position,
              WallTime now) {
  settle(state, now);
  const bool is_current = state.track.id == track.id;
  const milliseconds standing = state.position_at(now);
  const bool is_at_end = track.duration > milliseconds{0} && standing >= track.duration;
  const milliseconds start = position.value_or(is_current && !is_at_end ? standing : milliseconds{0});
  set_course(state, track, start, true, now);
  if (!is_current) follow_queue(state);
  Decision decision = changed(state, {{Announcement::playing, Audience::everyone}});
  tell(state, device, now);
  return decision;
}

Decision pause(Playback& state, const DeviceId& device, const Track& track, std::optional<milliseconds> position,
               WallTime now) {
  settle(state, now);
  const bool is_current = state.track.id == track.id;
  const milliseconds stop = position.value_or(is_current ? state.position_at(now) : milliseconds{0});
  set_course(state, track, stop, false, now);
  Decision decision = changed(state, {{Announcement::paused, Audience::everyone}});
  tell(state, device, now);
  return decision;
}

Outcome<Decision> seek(Playback& state, const DeviceId& device, milliseconds position, WallTime now) {
  if (!state.has_track()) return refuse(TracksErrc::nothing_playing);
  settle(state, now);
  set_course(state, Track{state.track}, position, state.is_playing(), now);
  Decision decision = changed(state, {{Announcement::updated, Audience::others}});
  tell(state, device, now);
  return decision;
}

Decision update(Playback& state, const DeviceId& device, const Track& track, milliseconds position, bool is_playing,
                WallTime now) {
  settle(state, now);
  const milliseconds distance = std::chrono::abs(position - state.position_at(now));
  const bool is_news = state.track.id != track.id || state.is_playing() != is_playing || distance > position_tolerance;
  if (!is_news && distance <= drift_tolerance) return {};
  set_course(state, track, position, is_playing, now);
  if (!is_news) return changed(state, {});
  Decision decision = changed(state, {{Announcement::updated, Audience::others}});
  tell(state, device, now);
  return decision;
}

Outcome<Decision> set_queue(Playback& state, Queue queue, WallTime now) {
  if (queue.size() > queue_length_max) return refuse(TracksErrc::queue_full);
  settle(state, now);
  state.queue = std::make_shared<const Queue>(std::move(queue));
  keep_place(state);
  return changed(state, {{Announcement::queue, Audience::everyone}});
}

Outcome<Decision> add_to_queue(Playback& state, TrackId track, bool as_next, WallTime now) {
  if (state.queue->size() >= queue_length_max) return refuse(TracksErrc::queue_full);
  settle(state, now);
  Queue queue = *state.queue;
  const std::size_t index = as_next ? std::min(state.queue_cursor, queue.size()) : queue.size();
  queue.insert(queue.begin() + static_cast<std::ptrdiff_t>(index), std::move(track));
  state.queue = std::make_shared<const Queue>(std::move(queue));
  return changed(state, {{Announcement::queue, Audience::everyone}});
}

std::optional<std::size_t> queue_index(const Playback& state) noexcept {
  const std::size_t cursor = state.queue_cursor;
  if (cursor == 0 || cursor > state.queue->size() || (*state.queue)[cursor - 1] != state.track.id) return std::nullopt;
  return cursor - 1;
}

std::optional<std::size_t> queue_neighbour(const Playback& state, bool forward) noexcept {
  if (forward) return state.queue_cursor < state.queue->size() ? std::optional{state.queue_cursor} : std::nullopt;
  const auto current = queue_index(state);
  const std::size_t behind = current ? *current : std::min(state.queue_cursor, state.queue->size());
  return behind > 0 ? std::optional{behind - 1} : std::nullopt;
}

std::optional<Decision> play_queued(Playback& state, const DeviceId& device, std::size_t index, const Track& track,
                                    WallTime now) {
  if (index >= state.queue->size() || (*state.queue)[index] != track.id) return std::nullopt;
  Decision decision = play(state, device, track, milliseconds{0}, now);
  state.queue_cursor = index + 1;
  return decision;
}

Decision drop_queued(Playback& state, std::size_t index, const TrackId& track, WallTime now) {
  if (index >= state.queue->size() || (*state.queue)[index] != track) return {};
  settle(state, now);
  Queue queue = *state.queue;
  queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(index));
  state.queue = std::make_shared<const Queue>(std::move(queue));
  if (state.queue_cursor > index) --state.queue_cursor;
  return changed(state, {{Announcement::queue, Audience::everyone}});
}

Decision forget_track(Playback& state, const TrackId& track, WallTime now) {
  settle(state, now);
  Decision decision;
  const auto is_gone = [&](const TrackId& entry) { return entry == track; };
  const Queue& queue = *state.queue;
  if (std::ranges::any_of(queue, is_gone)) {
    const auto cursor = queue.begin() + static_cast<std::ptrdiff_t>(std::min(state.queue_cursor, queue.size()));
    state.queue_cursor -= static_cast<std::size_t>(std::count_if(queue.begin(), cursor, is_gone));
    Queue rest = queue;
    std::erase_if(rest, is_gone);
    state.queue = std::make_shared<const Queue>(std::move(rest));
    decision.notices.push_back({Announcement::queue, Audience::everyone});
  }
  if (state.track.id == track && state.is_playing()) {
    pause_at(state, now);
    decision.notices.push_back({Announcement::paused, Audience::everyone});
  }
  if (decision.notices.empty()) return decision;
  decision.is_changed = true;
  ++state.revision;
  if (decision.notices.back().announcement == Announcement::paused) tell(state, {}, now);
  return decision;
}

Decision set_volume(Playback& state, double volume, WallTime now) {
  settle(state, now);
  if (state.volume == volume) return {};
  state.volume = volume;
  return changed(state, {{Announcement::volume, Audience::everyone}});
}

namespace {

/// It is the one to be heard again, and has played on meanwhile, if it played.
void take_back(Playback& state, const DeviceId& device, WallTime now, Decision& decision) {
  const LostActive lost = std::exchange(state.lost_active, {});
  if (lost.device != device || lost.revision != state.told.revision) return;
  state.active = device;
  state.timeline.is_playing = lost.was_playing;
  settle(state, now);
  decision.notices.push_back({Announcement::transferred, Audience::everyone});
  tell(state, device, now);
}

}  // namespace

Decision join(Playback& state, const DeviceId& device, std::string connection, std::string name, WallTime now) {
  settle(state, now);
  if (Device* known = state.find_device(device)) {
    known->connection = std::move(connection);
    known->seen_at = now;
    return changed(state, {});
  }
  if (state.devices.size() >= devices_max) return {};
  state.devices.push_back({.id = device, .connection = std::move(connection), .name = std::move(name), .seen_at = now});
  Decision decision = changed(state, {{Announcement::devices, Audience::others}});
  if (state.lost_active.device == device) take_back(state, device, now, decision);
  return decision;
}

Decision rename(Playback& state, const DeviceId& device, std::string name, WallTime now) {
  settle(state, now);
  Device* known = state.find_device(device);
  if (!known || known->name == name) return {};
  known->name = std::move(name);
  return changed(state, {{Announcement::devices, Audience::everyone}});
}

Decision leave(Playback& state, const DeviceId& device, const std::string& connection, WallTime now) {
  settle(state, now);
  const Device* known = state.find_device(device);
  if (!known || (!known->connection.empty() && known->connection != connection)) return {};
  const bool was_active = forget_device(state, device);
  return go_on_without(state, {.active = was_active ? device : DeviceId{}, .until = now, .is_announced = true}, now);
}

Decision tell_returned(Playback& state, const DeviceId& device, WallTime now) {
  settle(state, now);
  Decision decision;
  if (state.has_track()) {
    const bool is_heard = state.is_playing() && (state.active.empty() || state.active == device);
    decision.notices.push_back({is_heard ? Announcement::playing : Announcement::paused, Audience::returned});
  }
  for (const Announcement other : {Announcement::queue, Announcement::volume, Announcement::devices}) {
    decision.notices.push_back({other, Audience::returned});
  }
  return decision;
}

Decision renew(Playback& state, std::span<const DeviceId> devices, WallTime now) {
  for (const DeviceId& id : devices) {
    if (Device* device = state.find_device(id)) {
      device->seen_at = now;
    } else if (state.devices.size() < devices_max) {
      // Its lease ran out while the engine was away, and it never left.
      state.devices.push_back({.id = id, .seen_at = now});
    }
  }
  Decision decision = drop_expired(state, now);
  settle(state, now);
  if (!decision.is_changed) decision = changed(state, {});
  return decision;
}

Outcome<Decision> transfer(Playback& state, const DeviceId& device, const DeviceId& target, WallTime now) {
  settle(state, now);
  if (!target.empty() && !state.find_device(target)) return refuse(TracksErrc::unknown_device);
  if (state.active == target) return Decision{};
  state.active = target;
  state.timeline = {
      .track = state.track.id, .position = state.position_at(now), .at = now, .is_playing = state.is_playing()};
  Decision decision = changed(state, {});
  // Clients that know nothing of "play there" are told in words that they know.
  if (state.is_playing() && !target.empty()) decision.notices.push_back({Announcement::paused, Audience::inactive});
  if (state.is_playing()) {
    decision.notices.push_back({Announcement::playing, target.empty() ? Audience::everyone : Audience::active});
  }
  decision.notices.push_back({Announcement::transferred, Audience::everyone});
  tell(state, target.empty() ? device : target, now);
  return decision;
}

void revive(Playback& state, WallTime saved_at) {
  state.devices.clear();
  state.active = {};
  state.leader = {};
  if (state.is_playing()) pause_for_absence(state, std::max(saved_at, state.timeline.at));
}

}  // namespace pulso::tracks
