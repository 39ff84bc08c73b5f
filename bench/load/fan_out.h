#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "load/audience.h"
#include "load/dialect.h"
#include "load/histogram.h"
#include "load/swarm.h"

namespace pulso::bench {

/// Publishes in bursts through an audience and counts what every member gets, in a closed loop: the next burst leaves
/// when all members have all of the last one. The n-th delivery to a member belongs to the n-th publication, so the
/// latency needs no timestamp in the payload; a surplus, a refusal or a lost member throws.
class FanOut final : public SwarmListener {
 public:
  struct Totals {
    std::uint64_t messages = 0;
    std::uint64_t deliveries = 0;
    std::uint64_t payload_bytes = 0;  ///< of all deliveries
    std::chrono::nanoseconds wall{0};
    Histogram latency;
  };

  FanOut(const Dialect& dialect, std::chrono::nanoseconds timeout) : dialect_(dialect), timeout_(timeout) {}

  /// Publishes at least `messages` to an audience that has joined and whose listener this is, `in_flight` a burst.
  /// `after_burst`, if any, is called between bursts.
  Totals publish(Audience& audience, std::uint64_t messages, std::size_t in_flight,
                 const std::function<void()>& after_burst = {});

  void on_message(std::size_t client, Heard heard, std::string_view text, Clock::time_point now) override;

 private:
  const Dialect& dialect_;
  std::chrono::nanoseconds timeout_;
  std::uint64_t sequence_ = 0;
  Totals totals_;
  std::vector<Clock::time_point> sent_at_;
  std::vector<std::size_t> received_;
};

}  // namespace pulso::bench
