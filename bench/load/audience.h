#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace pulso::bench {

/// Clients that have joined, as a fan-out needs them: one publishes, all or all others listen.
class Audience {
 public:
  virtual ~Audience() = default;

  /// Clients that messages may come from are numbered below this.
  virtual std::size_t size() const = 0;
  /// How many of them get each publication.
  virtual std::size_t listeners() const = 0;
  /// Sends all messages with a single write.
  virtual void publish(std::span<const std::string> messages) = 0;

  /// Runs until `done`, which is asked after each batch of events. `what` names the goal in the error at `timeout`.
  virtual void run_until(const std::function<bool()>& done, std::chrono::nanoseconds timeout,
                         std::string_view what) = 0;
  virtual void pause(std::chrono::nanoseconds duration) = 0;
};

}  // namespace pulso::bench
