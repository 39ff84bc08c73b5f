#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "features/tracks/playback_reports.h"
#include "features/tracks/playback_service.h"
#include "features/tracks/tracks_errors.h"

/// The wire: the objects that clients send, over Socket.IO and HTTP, to typed values, and back. Unknown fields are
/// ignored, `userId` among them: who somebody is, the credential says. A field that is missing, or wrong in type or
/// bounds, is `bad_message` and named. Positions and durations are seconds, volumes 0 to 1; `serverTime` is
/// milliseconds since 1970, `timestamp` the same in ISO 8601.
namespace pulso::tracks {

/// Longest name of a device, in bytes of UTF-8.
inline constexpr std::size_t device_name_bytes_max = 80;

/// Reads fields one by one; the first that is wrong is what `refusal` names.
class Fields {
 public:
  explicit Fields(const boost::json::object& object) : object_(object) {}

  [[nodiscard]] TrackId track();
  /// Empty when the message has none.
  [[nodiscard]] TrackId optional_track();
  /// `queueIndex`, or nothing when the message has none.
  [[nodiscard]] std::optional<std::size_t> optional_queue_index();
  [[nodiscard]] milliseconds position();
  [[nodiscard]] std::optional<milliseconds> optional_position();
  [[nodiscard]] bool flag(std::string_view name);
  [[nodiscard]] bool optional_flag(std::string_view name);
  [[nodiscard]] double volume();
  [[nodiscard]] Queue queue();
  [[nodiscard]] std::string name();
  /// Of a device; `null` and an absent one are empty.
  [[nodiscard]] DeviceId optional_device();
  [[nodiscard]] std::string request_id();
  /// `trackId`, `currentTime`, `isPlaying`, and from clients that know more `serverTime` (when it was so) and
  /// `revision` (the newest that they had seen).
  [[nodiscard]] Report report();

  /// What was wrong, or nothing.
  [[nodiscard]] const std::optional<Refusal>& refusal() const noexcept { return refusal_; }

 private:
  void refuse(std::string_view name);
  [[nodiscard]] const boost::json::value* find(std::string_view name) const noexcept;
  [[nodiscard]] std::string identifier(std::string_view name, bool is_needed);
  [[nodiscard]] std::optional<double> number(std::string_view name, double max);

  const boost::json::object& object_;
  std::optional<Refusal> refusal_;
};

/// What every event about playback carries; `device` is who it comes from, or empty. `audio_url` is for that user.
[[nodiscard]] boost::json::object encode_playback_event(const UserId& user, const DeviceId& device,
                                                        const Snapshot& snapshot, std::string_view audio_url);
/// The same, with queue and devices.
[[nodiscard]] boost::json::object encode_state(const UserId& user, const DeviceId& device, const Snapshot& snapshot,
                                               std::string_view audio_url);
[[nodiscard]] boost::json::object encode_queue(const UserId& user, const DeviceId& device, const Snapshot& snapshot);
[[nodiscard]] boost::json::object encode_volume(const UserId& user, const DeviceId& device, const Snapshot& snapshot);
[[nodiscard]] boost::json::object encode_devices(const UserId& user, const Snapshot& snapshot);
[[nodiscard]] boost::json::object encode_clock(WallTime now);
/// `{code, message}` with `field` when there is one.
[[nodiscard]] boost::json::object encode_refusal(const Refusal& refusal);

}  // namespace pulso::tracks
