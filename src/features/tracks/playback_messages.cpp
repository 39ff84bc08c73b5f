#include "features/tracks/playback_messages.h"

#include <cmath>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/encoding.h"

namespace pulso::tracks {
namespace {

namespace json = boost::json;

/// A hundred days: no audio is longer.
constexpr double position_seconds_max = 8'640'000;
/// 2^53: beyond it JavaScript cannot count.
constexpr double integer_max = 9'007'199'254'740'992;

double to_seconds(milliseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value index_or_null(std::optional<std::size_t> index) {
  return index ? json::value(*index) : json::value(nullptr);
}

json::object encode_track(const Track& track, std::string_view audio_url) {
  return {{"id", track.id.value()},
          {"title", track.title},
          {"artist", track.artist},
          {"album", track.album},
          {"duration", to_seconds(track.duration)},
          {"mimeType", track.mime_type},
          {"audioUrl", audio_url}};
}

json::array encode_device_list(const Playback& state) {
  json::array devices;
  for (const Device& device : state.devices) {
    devices.push_back({{"id", device.id.value()},
                       {"name", device.name},
                       {"isLeader", device.id == state.leader},
                       {"isActive", state.active.empty() || device.id == state.active}});
  }
  return devices;
}

json::array encode_queue_list(const Playback& state) {
  json::array queue;
  for (const TrackId& track : *state.queue) queue.emplace_back(track.value());
  return queue;
}

/// What every event has.
json::object envelope(const UserId& user, const DeviceId& device, const Snapshot& snapshot) {
  return {{"userId", user.value()},
          {"deviceId", text_or_null(device.value())},
          {"revision", snapshot.state.revision},
          {"timestamp", format_time(snapshot.now)},
          {"serverTime", snapshot.now.time_since_epoch().count()}};
}

}  // namespace

void Fields::refuse(std::string_view name) {
  if (!refusal_) refusal_ = Refusal{.code = TracksErrc::bad_message, .field = std::string{name}};
}

const json::value* Fields::find(std::string_view name) const noexcept {
  const json::value* value = object_.if_contains(name);
  return value && !value->is_null() ? value : nullptr;
}

std::string Fields::identifier(std::string_view name, bool is_needed) {
  const json::value* value = find(name);
  if (!value && !is_needed) return {};
  if (!value || !value->is_string() || !is_identifier(value->get_string())) {
    refuse(name);
    return {};
  }
  return std::string{value->get_string()};
}

std::optional<double> Fields::number(std::string_view name, double max) {
  const json::value* value = find(name);
  if (!value) return std::nullopt;
  const double number = value->is_number() ? value->to_number<double>() : -1;
  if (number >= 0 && number <= max) return number;  // NaN is neither
  refuse(name);
  return std::nullopt;
}

TrackId Fields::track() {
  return TrackId{identifier("trackId", true)};
}

std::optional<std::size_t> Fields::optional_queue_index() {
  const auto index = number("queueIndex", queue_length_max);
  if (!index) return std::nullopt;
  return static_cast<std::size_t>(*index);
}

TrackId Fields::optional_track() {
  return TrackId{identifier("trackId", false)};
}

std::optional<milliseconds> Fields::optional_position() {
  const auto seconds = number("currentTime", position_seconds_max);
  return seconds ? std::optional{milliseconds{std::llround(*seconds * 1000)}} : std::nullopt;
}

milliseconds Fields::position() {
  const auto position = optional_position();
  if (!position) refuse("currentTime");
  return position.value_or(milliseconds{0});
}

bool Fields::optional_flag(std::string_view name) {
  const json::value* value = find(name);
  if (value && !value->is_bool()) refuse(name);
  return value && value->is_bool() && value->get_bool();
}

bool Fields::flag(std::string_view name) {
  if (!find(name)) refuse(name);
  return optional_flag(name);
}

double Fields::volume() {
  const auto volume = number("volume", 1);
  if (!volume) refuse("volume");
  return volume.value_or(0);
}

Queue Fields::queue() {
  Queue queue;
  const json::value* value = find("trackIds");
  if (!value || !value->is_array()) {
    refuse("trackIds");
    return queue;
  }
  for (const json::value& entry : value->get_array()) {
    if (!entry.is_string() || !is_identifier(entry.get_string()) || queue.size() > queue_length_max) {
      refuse("trackIds");
      return queue;
    }
    queue.emplace_back(std::string{entry.get_string()});
  }
  return queue;
}

std::string Fields::name() {
  const json::value* value = find("name");
  const std::string_view name =
      value && value->is_string() ? std::string_view{value->get_string()} : std::string_view{};
  if (name.empty() || name.size() > device_name_bytes_max || has_control_character(name)) refuse("name");
  return std::string{name};
}

DeviceId Fields::optional_device() {
  return DeviceId{identifier("deviceId", false)};
}

std::string Fields::request_id() {
  return identifier("requestId", false);
}

Report Fields::report() {
  Report report;
  report.timeline.track = track();
  report.timeline.position = position();
  report.timeline.is_playing = flag("isPlaying");
  if (const auto time = number("serverTime", integer_max)) {
    report.timeline.at = WallTime{milliseconds{std::llround(*time)}};
  }
  if (const auto revision = number("revision", integer_max)) report.revision = static_cast<std::uint64_t>(*revision);
  return report;
}

json::object encode_playback_event(const UserId& user, const DeviceId& device, const Snapshot& snapshot,
                                   std::string_view audio_url) {
  const Playback& state = snapshot.state;
  json::object event = envelope(user, device, snapshot);
  event["trackId"] = text_or_null(state.track.id.value());
  event["track"] = state.has_track() ? json::value(encode_track(state.track, audio_url)) : json::value(nullptr);
  event["currentTime"] = to_seconds(state.position_at(snapshot.now));
  event["isPlaying"] = state.is_playing();
  event["volume"] = state.volume;
  event["queueIndex"] = index_or_null(queue_index(state));
  event["queueLength"] = state.queue->size();
  event["leaderId"] = text_or_null(state.leader.value());
  event["activeDeviceId"] = text_or_null(state.active.value());
  return event;
}

json::object encode_state(const UserId& user, const DeviceId& device, const Snapshot& snapshot,
                          std::string_view audio_url) {
  json::object event = encode_playback_event(user, device, snapshot, audio_url);
  event["queue"] = encode_queue_list(snapshot.state);
  event["devices"] = encode_device_list(snapshot.state);
  return event;
}

json::object encode_queue(const UserId& user, const DeviceId& device, const Snapshot& snapshot) {
  json::object event = envelope(user, device, snapshot);
  event["queue"] = encode_queue_list(snapshot.state);
  event["queueIndex"] = index_or_null(queue_index(snapshot.state));
  return event;
}

json::object encode_volume(const UserId& user, const DeviceId& device, const Snapshot& snapshot) {
  json::object event = envelope(user, device, snapshot);
  event["volume"] = snapshot.state.volume;
  return event;
}

json::object encode_devices(const UserId& user, const Snapshot& snapshot) {
  json::object event = envelope(user, {}, snapshot);
  event["devices"] = encode_device_list(snapshot.state);
  event["activeDeviceId"] = text_or_null(snapshot.state.active.value());
  return event;
}

json::object encode_clock(WallTime now) {
  return {{"success", true}, {"serverTime", now.time_since_epoch().count()}};
}

json::object encode_refusal(const Refusal& refusal) {
  json::object body{{"code", wire_code(refusal.code)}, {"message", message_text(refusal.code)}};
  if (!refusal.field.empty()) body["field"] = refusal.field;
  return body;
}

}  // namespace pulso::tracks
