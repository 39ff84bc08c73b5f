#include "features/tracks/playback_service.h"

#include <algorithm>
#include <set>
#include <utility>

namespace pulso::tracks {

using boost::asio::awaitable;
using Answer = PlaybackService::Answer;

namespace {

bool was_executed(const Playback& state, const std::string& request_id) {
  return !request_id.empty() && std::ranges::find(state.requests, request_id) != state.requests.end();
}

void remember(Playback& state, const std::string& request_id) {
  if (request_id.empty()) return;
  state.requests.push_back(request_id);
  if (state.requests.size() > requests_max) state.requests.erase(state.requests.begin());
}

/// One decision of two, the `first` of which is told first: but for a pause that is over already.
Decision together(Decision first, const Decision& second, const Playback& state) {
  std::erase_if(first.notices, [&](const Notice& notice) {
    return notice.announcement == Announcement::paused && state.is_playing();
  });
  first.notices.insert(first.notices.end(), second.notices.begin(), second.notices.end());
  first.is_changed = first.is_changed || second.is_changed;
  return first;
}

}  // namespace

bool SkipFrom::is_so(const Playback& state) const noexcept {
  return (track.empty() || state.track.id == track) && (!index || queue_index(state) == *index);
}

awaitable<Outcome<Track>> PlaybackService::find(TrackId track, UserId user) {
  auto found = co_await dependencies_.catalogue.find(std::move(track), std::move(user));
  if (!found) co_return refuse(found.error());
  if (!*found) co_return refuse(TracksErrc::unknown_track);
  co_return **std::move(found);
}

Answer PlaybackService::decide(Caller caller, Rule rule) {
  return decide(std::move(caller), std::move(rule), true);
}

Answer PlaybackService::decide(Caller caller, Rule rule, bool drops_expired) {
  // Written by the run of the rule that stands, read when that is known.
  struct Verdict {
    std::optional<Refusal> refusal;
    WallTime now{};
  };
  const auto verdict = std::make_shared<Verdict>();
  const auto run = [verdict, drops_expired, rule = std::move(rule), request_id = caller.request_id](
                       Playback& state, WallTime now) -> Decision {
    *verdict = {.refusal = {}, .now = now};
    Decision dropped = drops_expired ? drop_expired(state, now) : Decision{};
    if (was_executed(state, request_id)) return dropped;
    Outcome<Decision> decision = rule(state, now);
    if (!decision) {
      verdict->refusal = std::move(decision.error());
      return dropped;
    }
    if (decision->is_changed) remember(state, request_id);
    return together(std::move(dropped), *decision, state);
  };
  const auto announce = [this, caller](const Playback& state, const Decision& decision, WallTime now) {
    for (const Notice& notice : decision.notices) {
      if (notice.audience == Audience::sender) dependencies_.metrics.corrections.add();
      dependencies_.metrics.messages_out.add();
      dependencies_.publish(caller, {state, now}, notice);
    }
  };
  auto state = co_await dependencies_.states.decide(caller.user, run, announce);
  if (!state) co_return refuse(state.error());
  if (verdict->refusal) co_return std::unexpected{*std::move(verdict->refusal)};
  co_return Snapshot{*std::move(state), verdict->now};
}

Answer PlaybackService::play(Caller caller, TrackId track, std::optional<milliseconds> position) {
  auto found = co_await find(std::move(track), caller.user);
  if (!found) co_return std::unexpected{std::move(found.error())};
  const DeviceId device = caller.device;
  co_return co_await decide(
      std::move(caller),
      [device, position, track = *std::move(found)](Playback& state, WallTime now) -> Outcome<Decision> {
        return tracks::play(state, device, track, position, now);
      });
}

Answer PlaybackService::pause(Caller caller, TrackId track, std::optional<milliseconds> position) {
  auto found = co_await find(track, caller.user);
  if (!found && found.error().code != TracksErrc::unknown_track) co_return std::unexpected{std::move(found.error())};
  const DeviceId device = caller.device;
  co_return co_await decide(std::move(caller), [=](Playback& state, WallTime now) -> Outcome<Decision> {
    if (found) return tracks::pause(state, device, *found, position, now);
    // What plays can be stopped, also when it has been deleted since.
    if (state.track.id != track) return std::unexpected{found.error()};
    return tracks::pause(state, device, Track{state.track}, position, now);
  });
}

Answer PlaybackService::seek(Caller caller, milliseconds position) {
  const DeviceId device = caller.device;
  co_return co_await decide(std::move(caller), [device, position](Playback& state, WallTime now) {
    return tracks::seek(state, device, position, now);
  });
}

Answer PlaybackService::report(Caller caller, std::shared_ptr<DeviceView> view, Report report) {
  // Most reports are of the current track: the library is asked about others only.
  const auto needs_track = std::make_shared<bool>(false);
  const auto judged = std::make_shared<DeviceView>();
  const DeviceId device = caller.device;
  const auto rule = [=](const std::optional<Track>& track) -> Rule {
    return [=](Playback& state, WallTime now) -> Outcome<Decision> {
      *judged = *view;
      *needs_track = !track && state.track.id != report.timeline.track;
      if (*needs_track) return Decision{};
      Report timely = report;
      const bool is_plausible = timely.timeline.at <= now && now - timely.timeline.at <= echo_window;
      if (!is_plausible) timely.timeline.at = now;
      return judge(state, *judged, device, timely, track ? &*track : nullptr, now);
    };
  };
  Outcome<Snapshot> answer = co_await decide(caller, rule(std::nullopt));
  if (answer && *needs_track) {
    auto found = co_await find(report.timeline.track, caller.user);
    if (!found) co_return std::unexpected{std::move(found.error())};
    answer = co_await decide(std::move(caller), rule(*std::move(found)));
  }
  if (answer) *view = *judged;
  co_return answer;
}

Answer PlaybackService::update(Caller caller, TrackId track, milliseconds position, bool is_playing) {
  auto found = co_await find(std::move(track), caller.user);
  if (!found) co_return std::unexpected{std::move(found.error())};
  const DeviceId device = caller.device;
  co_return co_await decide(
      std::move(caller),
      [device, position, is_playing, track = *std::move(found)](Playback& state, WallTime now) -> Outcome<Decision> {
        return tracks::update(state, device, track, position, is_playing, now);
      });
}

Answer PlaybackService::skip(Caller caller, bool forward, SkipFrom from) {
  const DeviceId device = caller.device;
  // The neighbour is looked up before the decision, which stands only if it is the neighbour still. Tracks that are
  // gone are taken out of the queue: at most as many turns as it has entries, and one for each race that was lost.
  for (std::size_t turn = 0; turn < 2 * queue_length_max; ++turn) {
    Outcome<Snapshot> known = co_await current(caller.user);
    if (!known) co_return known;
    if (!from.is_so(known->state) || was_executed(known->state, caller.request_id)) co_return known;
    const auto index = queue_neighbour(known->state, forward);
    if (!index) co_return refuse(TracksErrc::queue_end);
    const TrackId wanted = (*known->state.queue)[*index];
    auto track = co_await find(wanted, caller.user);
    if (!track && track.error().code != TracksErrc::unknown_track) co_return std::unexpected{std::move(track.error())};
    const auto is_done = std::make_shared<bool>(false);
    Caller by = caller;
    if (!track) by.request_id.clear();  // taking a track out is not yet what was asked for
    Outcome<Snapshot> answer = co_await decide(std::move(by), [=](Playback& state, WallTime now) -> Outcome<Decision> {
      *is_done = false;
      if (!track) return drop_queued(state, *index, wanted, now);
      const bool is_still_so = queue_neighbour(state, forward) == index && from.is_so(state);
      auto decision = is_still_so ? play_queued(state, device, *index, *track, now) : std::nullopt;
      *is_done = decision.has_value();
      return decision ? *decision : Decision{};
    });
    if (!answer || *is_done) co_return answer;
  }
  co_return refuse(TracksErrc::unavailable);
}

Answer PlaybackService::set_queue(Caller caller, Queue queue) {
  std::set<TrackId> known;
  for (const TrackId& track : queue) {
    if (!known.insert(track).second) continue;
    if (auto found = co_await find(track, caller.user); !found) co_return std::unexpected{std::move(found.error())};
  }
  co_return co_await decide(std::move(caller), [queue = std::move(queue)](Playback& state, WallTime now) {
    return tracks::set_queue(state, queue, now);
  });
}

Answer PlaybackService::add_to_queue(Caller caller, TrackId track, bool as_next) {
  if (auto found = co_await find(track, caller.user); !found) co_return std::unexpected{std::move(found.error())};
  co_return co_await decide(std::move(caller), [track = std::move(track), as_next](Playback& state, WallTime now) {
    return tracks::add_to_queue(state, track, as_next, now);
  });
}

Answer PlaybackService::forget_track(UserId user, TrackId track) {
  co_return co_await decide({.user = std::move(user), .device = {}, .request_id = {}},
                            [track = std::move(track)](Playback& state, WallTime now) -> Outcome<Decision> {
                              return tracks::forget_track(state, track, now);
                            });
}

Answer PlaybackService::set_volume(Caller caller, double volume) {
  co_return co_await decide(std::move(caller), [volume](Playback& state, WallTime now) -> Outcome<Decision> {
    return tracks::set_volume(state, volume, now);
  });
}

Answer PlaybackService::rename_device(Caller caller, std::string name) {
  const DeviceId device = caller.device;
  co_return co_await decide(std::move(caller),
                            [device, name = std::move(name)](Playback& state, WallTime now) -> Outcome<Decision> {
                              return rename(state, device, name, now);
                            });
}

Answer PlaybackService::transfer(Caller caller, DeviceId target) {
  const DeviceId device = caller.device;
  co_return co_await decide(std::move(caller), [device, target = std::move(target)](Playback& state, WallTime now) {
    return tracks::transfer(state, device, target, now);
  });
}

Answer PlaybackService::current(UserId user) {
  co_return co_await decide({.user = std::move(user), .device = {}, .request_id = {}},
                            [](Playback& state, WallTime now) -> Outcome<Decision> {
                              settle(state, now);
                              return Decision{};
                            });
}

Answer PlaybackService::join(Caller caller, std::string connection, std::string name) {
  const DeviceId device = caller.device;
  co_return co_await decide(std::move(caller), [=](Playback& state, WallTime now) -> Outcome<Decision> {
    return tracks::join(state, device, connection, name, now);
  });
}

Answer PlaybackService::leave(Caller caller, std::string connection) {
  const DeviceId device = caller.device;
  co_return co_await decide(std::move(caller), [=](Playback& state, WallTime now) -> Outcome<Decision> {
    return tracks::leave(state, device, connection, now);
  });
}

Answer PlaybackService::tell_returned(Caller caller) {
  const DeviceId device = caller.device;
  co_return co_await decide(std::move(caller), [device](Playback& state, WallTime now) -> Outcome<Decision> {
    return tracks::tell_returned(state, device, now);
  });
}

Answer PlaybackService::renew(UserId user, std::vector<DeviceId> devices) {
  co_return co_await decide(
      {.user = std::move(user), .device = {}, .request_id = {}},
      [devices = std::move(devices)](Playback& state, WallTime now) -> Outcome<Decision> {
        return tracks::renew(state, devices, now);
      },
      false);
}

}  // namespace pulso::tracks
