#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pulso::bus {

/// Fan-out between instances. What is published on a channel reaches every instance that has subscribed to it, the
/// publishing one included, in the publisher's order, at most once: who needs every message keeps a log and asks for
/// what is missing after `on_gap`.
class Bus {
 public:
  /// Called on the bus's own thread, one call at a time; posts onward and returns quickly.
  struct Listener {
    std::move_only_function<void(std::string_view channel, std::string_view payload)> on_message;
    /// Messages of this channel may have been lost (a reconnect, a moved slot); the subscription stands again.
    std::move_only_function<void(std::string_view channel)> on_gap;
  };

  virtual ~Bus() = default;
  /// Set once, before the first subscription.
  virtual void listen(Listener listener) = 0;
  /// Thread-safe, counted by nobody: the hub subscribes once per channel. Takes effect soon; `on_gap` tells when it
  /// stands (also the first time).
  virtual void subscribe(std::string channel) = 0;
  virtual void unsubscribe(std::string channel) = 0;
  /// Thread-safe; fire and forget. Lost, and counted, while the engine is away.
  virtual void publish(std::string channel, std::string payload) = 0;
  [[nodiscard]] virtual bool is_connected() const noexcept = 0;
};

/// For one instance: calls the listener from `publish`, on a thread of its own so that the order and the re-entrance
/// rules are those of Redis.
[[nodiscard]] std::unique_ptr<Bus> create_memory_bus();

}  // namespace pulso::bus
