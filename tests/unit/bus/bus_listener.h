#pragma once
#include <algorithm>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bus/bus.h"
#include "support/redis_server.h"

namespace pulso::bus {

/// Writes down what a bus tells, for tests to wait for. Outlives the bus.
class BusListener {
 public:
  void attach(Bus& bus) {
    bus.listen({.on_message =
                    [this](std::string_view channel, std::string_view payload) {
                      const std::lock_guard lock{mutex_};
                      events_.push_back(std::string{channel} + "=" + std::string{payload});
                    },
                .on_gap =
                    [this](std::string_view channel) {
                      const std::lock_guard lock{mutex_};
                      events_.push_back(std::string{channel} + " stands");
                    }});
  }

  /// Subscribes and waits until the subscription stands.
  bool subscribe(Bus& bus, const std::string& channel) {
    const std::size_t stood = count(channel + " stands");
    bus.subscribe(channel);
    return waits_for(channel + " stands", stood + 1);
  }
  bool waits_for(const std::string& event, std::size_t times = 1) {
    return support::eventually([&] { return count(event) >= times; });
  }
  [[nodiscard]] std::size_t count(const std::string& event) {
    const std::lock_guard lock{mutex_};
    return static_cast<std::size_t>(std::ranges::count(events_, event));
  }
  [[nodiscard]] std::vector<std::string> events() {
    const std::lock_guard lock{mutex_};
    return events_;
  }
  void clear() {
    const std::lock_guard lock{mutex_};
    events_.clear();
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> events_;
};

}  // namespace pulso::bus
