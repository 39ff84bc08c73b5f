#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "features/tracks/playback_reports.h"
#include "features/tracks/playback_rules.h"
#include "features/tracks/playback_states.h"
#include "features/tracks/track_catalogue.h"
#include "features/tracks/tracks_metrics.h"

namespace pulso::tracks {

/// Who commands, by which connection (none over HTTP), and the id by which a repeated command is known.
struct Caller {
  UserId user;
  DeviceId device;
  std::string request_id;  ///< empty: every message is a command of its own
};

/// A user's playback at a time.
struct Snapshot {
  Playback state;
  WallTime now{};
};

/// What a device that skips takes to be current; what it does not say is not asked.
struct SkipFrom {
  TrackId track;
  std::optional<std::size_t> index;  ///< its place in the queue, where one track may be at several
  [[nodiscard]] bool is_so(const Playback& state) const noexcept;
};

/// What can be asked of playback. Each use case checks its track, decides atomically, and announces what was decided to
/// the user's devices on all instances. A command whose request id was executed before is answered with the state as it
/// is now.
class PlaybackService {
 public:
  /// Sends one announcement; returns quickly.
  using Publish = std::function<void(const Caller& caller, const Snapshot& snapshot, const Notice& notice)>;

  /// All outlive it.
  struct Dependencies {
    TrackCatalogue& catalogue;
    PlaybackStates& states;
    TracksMetrics& metrics;
    Publish publish;
  };
  explicit PlaybackService(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  using Answer = boost::asio::awaitable<Outcome<Snapshot>>;

  Answer play(Caller caller, TrackId track, std::optional<milliseconds> position);
  Answer pause(Caller caller, TrackId track, std::optional<milliseconds> position);
  Answer seek(Caller caller, milliseconds position);
  /// What a device says of itself. `view` is its own, and used by one report at a time.
  Answer report(Caller caller, std::shared_ptr<DeviceView> view, Report report);
  /// What the HTTP route says.
  Answer update(Caller caller, TrackId track, milliseconds position, bool is_playing);
  /// Next or previous, only while it is as `from` says: devices that reach the end of a track together go on by one.
  Answer skip(Caller caller, bool forward, SkipFrom from);
  Answer set_queue(Caller caller, Queue queue);
  Answer add_to_queue(Caller caller, TrackId track, bool as_next);
  Answer forget_track(UserId user, TrackId track);
  Answer set_volume(Caller caller, double volume);
  Answer rename_device(Caller caller, std::string name);
  Answer transfer(Caller caller, DeviceId target);
  Answer current(UserId user);

  /// `connection` names one connection of the device among those that it has had.
  Answer join(Caller caller, std::string connection, std::string name);
  Answer leave(Caller caller, std::string connection);
  /// Tells the device how things are, that has come back to its connection and has missed something.
  Answer tell_returned(Caller caller);
  Answer renew(UserId user, std::vector<DeviceId> devices);

  [[nodiscard]] WallTime now() const noexcept { return dependencies_.states.now(); }
  [[nodiscard]] TracksMetrics& metrics() const noexcept { return dependencies_.metrics; }

 private:
  using Rule = std::function<Outcome<Decision>(Playback& state, WallTime now)>;
  /// Before the rule, devices that are gone are dropped and announced: whoever asks is the first to notice.
  Answer decide(Caller caller, Rule rule);
  Answer decide(Caller caller, Rule rule, bool drops_expired);
  [[nodiscard]] boost::asio::awaitable<Outcome<Track>> find(TrackId track, UserId user);

  Dependencies dependencies_;
};

}  // namespace pulso::tracks
