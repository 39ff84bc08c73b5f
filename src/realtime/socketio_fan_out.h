#pragma once
#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "bus/bus.h"
#include "realtime/socketio_publication.h"

namespace pulso::realtime {

/// Carries publications to the instances that have members for them, the publishing one included. A room's channel is
/// heard only where it has members; what is meant for one socket goes by the namespace's. Thread-safe.
class SocketioFanOut {
 public:
  using Deliver = std::function<void(std::string_view name_space, SocketioDraft draft)>;

  SocketioFanOut(bus::Bus& bus, InstanceId instance, Deliver deliver);

  void publish(const std::string& name_space, const SocketioDraft& draft);
  void open(const std::string& name_space) { bus_.subscribe(channel(name_space)); }
  void close(const std::string& name_space) { bus_.unsubscribe(channel(name_space)); }
  void open(const std::string& name_space, const std::string& room) { bus_.subscribe(channel(name_space, room)); }
  void close(const std::string& name_space, const std::string& room) { bus_.unsubscribe(channel(name_space, room)); }

  /// On the bus's thread. False when the channel is another's.
  bool on_bus_message(std::string_view channel, std::string_view payload);
  [[nodiscard]] static bool is_channel(std::string_view channel) noexcept;

 private:
  /// Messages of which copies may come by several rooms' channels.
  static constexpr std::size_t remembered_max = 256;

  [[nodiscard]] static std::string channel(const std::string& name_space);
  [[nodiscard]] static std::string channel(const std::string& name_space, const std::string& room);
  /// False when it has been heard by another channel already.
  [[nodiscard]] bool is_first(const std::string& id);

  bus::Bus& bus_;
  const InstanceId instance_;
  const Deliver deliver_;
  std::atomic<std::uint64_t> sequence_{0};
  std::array<std::string, remembered_max> remembered_;  ///< touched by the bus's thread only
  std::size_t remembered_next_ = 0;
};

}  // namespace pulso::realtime
