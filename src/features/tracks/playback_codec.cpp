#include "features/tracks/playback_codec.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/json_write.h"
#include "ops/log.h"

namespace pulso::tracks {
namespace {

namespace json = boost::json;

std::int64_t to_number(WallTime time) {
  return time.time_since_epoch().count();
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string{value->get_string()} : std::string{};
}

std::int64_t number_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (!value) return 0;
  boost::system::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  return error ? 0 : number;
}

WallTime time_of(const json::object& object, std::string_view name) {
  return WallTime{milliseconds{number_of(object, name)}};
}

bool flag_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_bool() && value->get_bool();
}

const json::array& list_of(const json::object& object, std::string_view name) {
  static const json::array none;
  const json::value* value = object.if_contains(name);
  return value && value->is_array() ? value->get_array() : none;
}

json::object encode_track(const Track& track) {
  return {{"id", track.id.value()},
          {"title", track.title},
          {"artist", track.artist},
          {"album", track.album},
          {"duration", track.duration.count()},
          {"mime_type", track.mime_type}};
}

Track track_of(const json::object& object) {
  Track track;
  track.id = TrackId{text_of(object, "id")};
  track.title = text_of(object, "title");
  track.artist = text_of(object, "artist");
  track.album = text_of(object, "album");
  track.duration = milliseconds{number_of(object, "duration")};
  track.mime_type = text_of(object, "mime_type");
  return track;
}

Playback playback_of(const json::object& object) {
  Playback state;
  state.revision = static_cast<std::uint64_t>(number_of(object, "revision"));
  if (const json::value* track = object.if_contains("track"); track && track->is_object()) {
    state.track = track_of(track->get_object());
  }
  state.timeline = {.track = state.track.id,
                    .position = milliseconds{number_of(object, "position")},
                    .at = time_of(object, "at"),
                    .is_playing = flag_of(object, "playing")};
  state.is_paused_by_absence = flag_of(object, "absent");
  if (const json::value* volume = object.if_contains("volume"); volume && volume->is_number()) {
    state.volume = volume->to_number<double>();
  }
  Queue queue;
  for (const json::value& entry : list_of(object, "queue")) {
    if (entry.is_string()) queue.emplace_back(std::string{entry.get_string()});
  }
  state.queue = std::make_shared<const Queue>(std::move(queue));
  state.queue_cursor = static_cast<std::size_t>(number_of(object, "queue_cursor"));
  state.leader = DeviceId{text_of(object, "leader")};
  state.active = DeviceId{text_of(object, "active")};
  state.told = {.revision = static_cast<std::uint64_t>(number_of(object, "told")),
                .at = time_of(object, "told_at"),
                .is_playing = flag_of(object, "told_playing"),
                .flipped_at = time_of(object, "flipped_at"),
                .flipped_before = time_of(object, "flipped_before")};
  state.lost_active = {.device = DeviceId{text_of(object, "lost")},
                       .revision = static_cast<std::uint64_t>(number_of(object, "lost_told")),
                       .was_playing = flag_of(object, "lost_playing")};
  state.lag_told_at = time_of(object, "lag_told_at");
  for (const json::value& entry : list_of(object, "devices")) {
    if (!entry.is_object()) continue;
    const json::object& device = entry.get_object();
    state.devices.push_back({.id = DeviceId{text_of(device, "id")},
                             .connection = text_of(device, "connection"),
                             .name = text_of(device, "name"),
                             .seen_at = time_of(device, "seen_at"),
                             .is_heard = flag_of(device, "heard")});
  }
  for (const json::value& entry : list_of(object, "requests")) {
    if (entry.is_string()) state.requests.emplace_back(entry.get_string());
  }
  return state;
}

}  // namespace

std::string encode_playback(const Playback& state) {
  json::object object{{"revision", state.revision},
                      {"position", state.timeline.position.count()},
                      {"at", to_number(state.timeline.at)},
                      {"playing", state.timeline.is_playing},
                      {"absent", state.is_paused_by_absence},
                      {"volume", state.volume},
                      {"queue_cursor", state.queue_cursor},
                      {"leader", state.leader.value()},
                      {"active", state.active.value()},
                      {"told", state.told.revision},
                      {"told_at", to_number(state.told.at)},
                      {"told_playing", state.told.is_playing},
                      {"flipped_at", to_number(state.told.flipped_at)},
                      {"flipped_before", to_number(state.told.flipped_before)},
                      {"lost", state.lost_active.device.value()},
                      {"lost_told", state.lost_active.revision},
                      {"lost_playing", state.lost_active.was_playing},
                      {"lag_told_at", to_number(state.lag_told_at)}};
  if (state.has_track()) object["track"] = encode_track(state.track);
  json::array& queue = object["queue"].emplace_array();
  for (const TrackId& track : *state.queue) queue.emplace_back(track.value());
  json::array& devices = object["devices"].emplace_array();
  for (const Device& device : state.devices) {
    devices.push_back({{"id", device.id.value()},
                       {"connection", device.connection},
                       {"name", device.name},
                       {"seen_at", to_number(device.seen_at)},
                       {"heard", device.is_heard}});
  }
  json::array& requests = object["requests"].emplace_array();
  for (const std::string& request : state.requests) requests.emplace_back(request);
  return write_json(object);
}

std::optional<Playback> parse_playback(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) {
    ops::log_error("tracks", "unreadable playback");
    return std::nullopt;
  }
  return playback_of(value.get_object());
}

}  // namespace pulso::tracks
