#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <vector>

#include "load/event_stream_members.h"
#include "load/fan_out.h"
#include "load/poll_members.h"
#include "load/scenarios.h"
#include "load/swarm.h"

namespace pulso::bench {
namespace {

/// Before reading the server's CPU time: it finishes what follows the last send, then sleeps.
constexpr std::chrono::milliseconds settle{50};

std::uint64_t messages_for(std::uint64_t deliveries, std::size_t members) {
  return std::max<std::uint64_t>(deliveries / members, 1);
}

/// One object for each burst size.
std::vector<JsonObject> measure(const Context& context, FanOut& fan_out, Audience& audience,
                                const FanOutOptions& options) {
  std::vector<JsonObject> runs;
  for (const std::size_t in_flight : options.in_flight) {
    fan_out.publish(audience, messages_for(options.deliveries / 10, options.members), in_flight);
    audience.pause(settle);
    const auto cpu_before = context.server.cpu_time();
    const auto ticks_before = context.server.cpu_time_by_ticks();
    const std::clock_t own_cpu_before = std::clock();
    const FanOut::Totals totals =
        fan_out.publish(audience, messages_for(options.deliveries, options.members), in_flight);
    const double own_cpu_s = static_cast<double>(std::clock() - own_cpu_before) / CLOCKS_PER_SEC;
    audience.pause(settle);
    const auto cpu = context.server.cpu_time() - cpu_before;
    const auto ticks = context.server.cpu_time_by_ticks() - ticks_before;
    const auto deliveries = static_cast<double>(totals.deliveries);
    runs.push_back(JsonObject{}
                       .add("in_flight", in_flight)
                       .add("messages", totals.messages)
                       .add("deliveries", totals.deliveries)
                       .add("payload_bytes", static_cast<double>(totals.payload_bytes) / deliveries)
                       .add("wall_s", seconds(totals.wall))
                       .add("deliveries_per_s", deliveries / seconds(totals.wall))
                       .add("load_cpu_s", own_cpu_s)
                       .add("server_cpu_s", seconds(cpu))
                       .add("server_cpu_by_ticks_s", seconds(ticks))
                       .add("server_cpu_ns_per_delivery", static_cast<double>(cpu.count()) / deliveries)
                       .add("latency_us", totals.latency));
  }
  return runs;
}

}  // namespace

JsonObject run_fan_out(const Context& context, const Dialect& dialect, const FanOutOptions& options) {
  FanOut fan_out(dialect, context.timeout);
  std::vector<JsonObject> runs;
  const auto measure_members = [&](auto members) {
    members->add(options.members);
    members->run_until_joined(context.timeout);
    runs = measure(context, fan_out, *members, options);
  };
  if (dialect.is_event_stream()) {
    measure_members(std::make_unique<EventStreamMembers>(context.target, dialect, fan_out));
  } else if (options.over_polling) {
    measure_members(std::make_unique<PollMembers>(context.target, dialect, fan_out));
  } else {
    Swarm swarm(context.target, dialect, fan_out);
    swarm.add(options.members + (dialect.publisher_hears() ? 0 : 1));
    swarm.run_until_joined(context.timeout);
    runs = measure(context, fan_out, swarm, options);
  }
  return JsonObject{}
      .add("scenario", "fanout")
      .add("members", options.members)
      .add("polling", options.over_polling)
      .add("runs", runs);
}

}  // namespace pulso::bench
