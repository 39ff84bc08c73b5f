#pragma once
#include "features/tracks/playback_service.h"
#include "features/tracks/track_catalogue.h"
#include "realtime/socketio.h"

namespace pulso::tracks {

/// `user_{userId}`: the room of all devices of a user, and of nobody else.
[[nodiscard]] std::string room_of(const UserId& user);

/// Sends announcements to the devices that they are for, on all instances. Thread-safe.
class PlaybackPublisher {
 public:
  /// Both outlive it.
  PlaybackPublisher(realtime::SocketioNamespace& name_space, const TrackCatalogue& catalogue)
      : namespace_(name_space), catalogue_(catalogue) {}

  void publish(const Caller& caller, const Snapshot& snapshot, const Notice& notice);

 private:
  realtime::SocketioNamespace& namespace_;
  const TrackCatalogue& catalogue_;
};

}  // namespace pulso::tracks
