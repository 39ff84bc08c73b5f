#include "features/tracks/playback_reports.h"

#include <algorithm>
#include <utility>

#include "features/tracks/playback_rules.h"

namespace pulso::tracks {
namespace {

/// Room for a timer that fires a little early: a position that has gone back by less has not been sought.
constexpr milliseconds step_back{500};
/// Around the end devices stop one after the other, each by itself.
constexpr milliseconds end_tolerance = 2 * position_tolerance;

bool is_near(milliseconds a, milliseconds b) {
  return std::chrono::abs(a - b) <= position_tolerance;
}

/// One judgement. `said` is the report as of `now`.
class Judge {
 public:
  Judge(Playback& state, DeviceView& view, const DeviceId& device, const Report& report, const Track* track,
        WallTime now)
      : state_(state), view_(view), device_(device), report_(report), track_(track), now_(now), said_(report.timeline) {
    said_.position = said_.position_at(now);
    said_.at = now;
  }

  Decision decide();

 private:
  void catch_up();
  Decision judge_outdated();
  Decision judge_paused();
  Decision judge_playing();
  Decision judge_other_track();
  Decision judge_change_of_mind();

  Decision follow_leader_back();
  Decision take_over(const Track& track);
  Decision correct(Announcement announcement);
  Decision keep_position();
  Decision changed();

  [[nodiscard]] bool is_leader() const { return state_.leader == device_; }
  [[nodiscard]] milliseconds expected() const { return state_.position_at(now_); }
  [[nodiscard]] bool is_late_news();
  [[nodiscard]] bool has_jumped() const;
  [[nodiscard]] bool is_crowded() const;
  [[nodiscard]] bool is_at_end() const {
    return state_.track.duration > milliseconds{0} && said_.position + end_tolerance >= state_.track.duration;
  }

  Playback& state_;
  DeviceView& view_;
  const DeviceId& device_;
  const Report& report_;
  const Track* track_;
  WallTime now_;
  Timeline said_;
  bool is_believed_ = true;  ///< that the device is there now: not what it did before it was told
};

Decision Judge::decide() {
  settle(state_, now_);
  if (!view_.heard_at) view_.heard_at = now_;
  if (report_.revision && *report_.revision < state_.told.revision) return judge_outdated();
  catch_up();
  const bool is_bystander = !state_.active.empty() && state_.active != device_;
  Decision decision;
  if (is_bystander) {
    // Another device is to be heard; this one may do as it likes.
  } else if (said_.track != state_.track.id) {
    decision = judge_other_track();
  } else if (said_.is_playing != state_.is_playing()) {
    decision = judge_change_of_mind();
  } else {
    view_.has_obeyed = true;
    decision = said_.is_playing ? judge_playing() : judge_paused();
  }
  if (is_believed_) view_.own = said_;
  Device* known = state_.find_device(device_);
  if (known && !known->is_heard) {
    known->is_heard = true;
    if (!decision.is_changed) ++state_.revision;
    decision.is_changed = true;
  }
  return decision;
}

/// Whatever was known of the device is of before it was told; it has to be seen anew.
void Judge::catch_up() {
  if (view_.told_revision == state_.told.revision) return;
  if (view_.own) view_.left = std::exchange(view_.own, std::nullopt);
  // What was paused because nobody was there goes on with the first who plays.
  const bool is_new = view_.joined_at >= state_.told.at;
  view_.has_obeyed = !state_.is_playing() && is_new && state_.is_paused_by_absence;
  view_.is_author = false;
  view_.is_in_step = false;
  view_.told_revision = state_.told.revision;
}

/// Whether the report goes on where the device was before it was told. From the leader, which follows nobody, that may
/// come at any time until it is in step.
bool Judge::is_late_news() {
  if (!view_.left || view_.is_in_step || view_.left->track != said_.track) return false;
  if (!is_leader() && now_ - state_.told.at > echo_window) return false;
  const bool is_late =
      view_.left->is_playing == said_.is_playing && is_near(view_.left->position_at(now_), said_.position);
  is_believed_ = !is_late;
  return is_late;
}

/// Whether the device is neither where its own timeline leads, nor anywhere on the way there, as after a stall.
bool Judge::has_jumped() const {
  if (!view_.own) return false;
  const milliseconds own = view_.own->position_at(now_);
  return said_.position < view_.own->position - step_back || said_.position > own + position_tolerance;
}

bool Judge::is_crowded() const {
  if (state_.is_paused_by_absence) return false;  // that was nobody's change of mind
  const Told& told = state_.told;
  const bool is_quick = told.flipped_at - told.flipped_before < crowding_time && now_ - told.flipped_at < crowding_time;
  return is_quick && !view_.is_author;
}

/// The device did not know how things are. Soon afterwards that is no news; later, what it was told has been lost.
Decision Judge::judge_outdated() {
  return now_ - state_.told.at > echo_window ? correct(Announcement::updated) : Decision{};
}

Decision Judge::judge_playing() {
  if (is_near(said_.position, expected())) {
    view_.is_in_step = true;
    if (state_.leader.empty()) {
      state_.leader = device_;
      return keep_position();
    }
    const bool is_drifting = std::chrono::abs(said_.position - expected()) > drift_tolerance;
    return is_leader() && is_drifting ? keep_position() : Decision{};
  }
  if (is_late_news()) return {};
  if (is_leader()) {
    const milliseconds start =
        view_.own ? view_.own->position - step_back : state_.timeline.position - position_tolerance;
    const bool is_behind = said_.position >= start && said_.position < expected();
    return is_behind ? follow_leader_back() : take_over(state_.track);
  }
  if (view_.is_in_step && has_jumped()) return take_over(state_.track);
  return correct(Announcement::updated);
}

Decision Judge::judge_paused() {
  if (is_near(said_.position, expected())) {
    view_.is_in_step = true;
    return {};
  }
  if (is_late_news()) return {};
  const bool has_sought = is_leader() || (view_.is_in_step && has_jumped());
  return has_sought && !is_at_end() ? take_over(state_.track) : Decision{};
}

/// The device plays where all should be paused, or the other way round.
Decision Judge::judge_change_of_mind() {
  if (view_.has_obeyed && !is_at_end() && !is_crowded()) return take_over(state_.track);
  is_believed_ = false;
  const bool plays_on = said_.is_playing && !is_at_end() && now_ - state_.told.at > obedience_time;
  return plays_on ? correct(Announcement::updated) : Decision{};
}

Decision Judge::judge_other_track() {
  if (!said_.is_playing || !track_) return {};
  const bool was_there = view_.left && view_.left->track == said_.track;
  if (was_there && (is_leader() || now_ - state_.told.at <= echo_window)) {
    is_believed_ = false;
    return {};
  }
  if (!state_.has_track() || is_leader() || view_.has_obeyed) return take_over(*track_);
  return correct(state_.is_playing() ? Announcement::playing : Announcement::paused);
}

/// The leader was held up, by loading or by the network: the expectation follows it. Those who report are judged by
/// their own reports; the others are told where it has got to.
Decision Judge::follow_leader_back() {
  Decision decision = keep_position();
  if (now_ - state_.lag_told_at < correction_interval) return decision;
  state_.lag_told_at = now_;
  decision.notices.push_back({Announcement::updated, Audience::silent_others});
  return decision;
}

/// The user has done something on this device itself: it leads from now on.
Decision Judge::take_over(const Track& track) {
  state_.track = track;
  state_.timeline = said_;
  state_.is_paused_by_absence = false;
  Decision decision = changed();
  tell(state_, device_, now_);
  decision.notices.push_back({Announcement::updated, Audience::others});
  view_.told_revision = state_.told.revision;
  view_.left.reset();
  view_.has_obeyed = true;
  view_.is_author = true;
  view_.is_in_step = true;
  return decision;
}

Decision Judge::correct(Announcement announcement) {
  // Who had not reported yet when the leader fell behind was told of it then, as by a correction.
  const bool was_silent = *view_.heard_at >= state_.lag_told_at;
  const WallTime told_at = was_silent ? std::max(view_.corrected_at, state_.lag_told_at) : view_.corrected_at;
  if (now_ - told_at < correction_interval) return {};
  view_.corrected_at = now_;
  view_.is_in_step = false;
  return {.is_changed = false, .notices = {{announcement, Audience::sender}}};
}

Decision Judge::keep_position() {
  state_.timeline = said_;
  return changed();
}

Decision Judge::changed() {
  ++state_.revision;
  return {.is_changed = true, .notices = {}};
}

}  // namespace

Decision judge(Playback& state, DeviceView& view, const DeviceId& device, const Report& report, const Track* track,
               WallTime now) {
  return Judge{state, view, device, report, track, now}.decide();
}

}  // namespace pulso::tracks
