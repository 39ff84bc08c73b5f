#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "load/fan_out.h"
#include "load/scenarios.h"

namespace pulso::bench {
namespace {

constexpr std::chrono::milliseconds memory_sample_interval{100};
/// After the measurement the stalled member reads what was kept for it, until nothing has come for so long.
constexpr std::chrono::milliseconds drain_quiet{500};
/// Less than one burst, so that the server has to queue soon (the kernel doubles it and adds its own minimum).
constexpr int stalled_receive_buffer_bytes = 4096;
/// Away from the numbers of the others.
constexpr std::size_t stalled_number = 1'000'000;

Target with_small_buffer(Target target) {
  target.receive_buffer_bytes = stalled_receive_buffer_bytes;
  return target;
}

/// A member that joins and then reads nothing until `drain`.
class StalledMember final : public SwarmListener {
 public:
  StalledMember(const Context& context, const Dialect& dialect)
      : target_(with_small_buffer(context.target)), swarm_(target_, dialect, *this, {.first_number = stalled_number}) {
    swarm_.add(1);
    swarm_.run_until_joined(context.timeout);
  }

  void drain() {
    std::uint64_t before = 0;
    do {
      before = deliveries_;
      swarm_.pause(drain_quiet);
    } while (deliveries_ != before && !lost_);
  }

  void on_message(std::size_t, Heard heard, std::string_view, Clock::time_point) override {
    if (heard == Heard::delivery) ++deliveries_;
  }
  void on_lost(std::size_t, const std::string& reason) override { lost_ = reason; }

  std::uint64_t deliveries() const { return deliveries_; }
  const std::optional<std::string>& lost() const { return lost_; }

 private:
  Target target_;
  Swarm swarm_;
  std::uint64_t deliveries_ = 0;
  std::optional<std::string> lost_;
};

}  // namespace

JsonObject run_slow(const Context& context, const Dialect& dialect, const SlowOptions& options) {
  FanOut fan_out(dialect, context.timeout);
  Swarm swarm(context.target, dialect, fan_out);
  swarm.add(options.members);
  swarm.run_until_joined(context.timeout);
  fan_out.publish(swarm, options.messages / 10, options.in_flight);
  const std::uint64_t memory_before = context.server.user_memory_bytes();
  std::optional<StalledMember> stalled;
  if (options.stalled) stalled.emplace(context, dialect);

  std::uint64_t memory_peak = memory_before;
  Clock::time_point next_sample = Clock::now();
  const FanOut::Totals totals = fan_out.publish(swarm, options.messages, options.in_flight, [&] {
    if (Clock::now() < next_sample) return;
    next_sample = Clock::now() + memory_sample_interval;
    memory_peak = std::max(memory_peak, context.server.user_memory_bytes());
  });
  memory_peak = std::max(memory_peak, context.server.user_memory_bytes());

  JsonObject result;
  result.add("scenario", "slow")
      .add("members", options.members)
      .add("in_flight", options.in_flight)
      .add("messages", totals.messages)
      .add("stalled", options.stalled)
      .add("payload_bytes", static_cast<double>(totals.payload_bytes) / static_cast<double>(totals.deliveries))
      .add("wall_s", seconds(totals.wall))
      .add("latency_us", totals.latency)
      .add("user_memory_before_bytes", memory_before)
      .add("user_memory_peak_bytes", memory_peak);
  if (stalled) {
    stalled->drain();
    result.add("stalled_deliveries", stalled->deliveries())
        .add("stalled_closed_by_server", stalled->lost().has_value());
  }
  return result;
}

}  // namespace pulso::bench
