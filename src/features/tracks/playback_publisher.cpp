#include "features/tracks/playback_publisher.h"

#include <string_view>
#include <utility>

#include <boost/json/object.hpp>

#include "features/tracks/playback_messages.h"

namespace pulso::tracks {
namespace {

std::string_view event_name(Announcement announcement) {
  switch (announcement) {
    case Announcement::playing:
      return "trackPlaying";
    case Announcement::paused:
      return "trackPaused";
    case Announcement::updated:
      return "trackUpdated";
    case Announcement::queue:
      return "queueUpdated";
    case Announcement::volume:
      return "volumeUpdated";
    case Announcement::devices:
      return "devicesUpdated";
    case Announcement::transferred:
      return "playbackTransferred";
  }
  std::unreachable();
}

realtime::SocketioTarget target_of(const Caller& caller, const Playback& state, Audience audience) {
  realtime::SocketioTarget target{
      .rooms = {room_of(caller.user)}, .except = {}, .is_volatile = false, .is_state = true};
  const bool is_device = !caller.device.empty();
  switch (audience) {
    case Audience::everyone:
      break;
    case Audience::others:
      if (is_device) target.except.push_back(caller.device.value());
      break;
    case Audience::silent_others:
      if (is_device) target.except.push_back(caller.device.value());
      for (const Device& device : state.devices) {
        if (device.is_heard) target.except.push_back(device.id.value());
      }
      break;
    case Audience::sender:
    case Audience::returned:
      target.rooms = {caller.device.value()};
      target.names_sockets = true;
      break;
    case Audience::active:
      target.rooms = {state.active.value()};
      target.names_sockets = true;
      break;
    case Audience::inactive:
      target.except.push_back(state.active.value());
      break;
  }
  return target;
}

}  // namespace

std::string room_of(const UserId& user) {
  return "user_" + user.value();
}

void PlaybackPublisher::publish(const Caller& caller, const Snapshot& snapshot, const Notice& notice) {
  const auto [announcement, audience] = notice;
  boost::json::object event;
  if (announcement == Announcement::queue) {
    event = encode_queue(caller.user, caller.device, snapshot);
  } else if (announcement == Announcement::volume) {
    event = encode_volume(caller.user, caller.device, snapshot);
  } else if (announcement == Announcement::devices) {
    event = encode_devices(caller.user, snapshot);
  } else {
    const Track& track = snapshot.state.track;
    const std::string url = snapshot.state.has_track() ? catalogue_.audio_url(track.id, caller.user) : std::string{};
    event = encode_playback_event(caller.user, caller.device, snapshot, url);
    // Devices that are not to be heard are told to pause while another plays.
    if (announcement == Announcement::paused) event["isPlaying"] = false;
  }
  namespace_.publish(target_of(caller, snapshot.state, audience), event_name(announcement),
                     {.values = {std::move(event)}, .attachments = {}});
}

}  // namespace pulso::tracks
