#include "load/event_stream_members.h"
#include "load/scenarios.h"
#include "load/swarm.h"

namespace pulso::bench {
namespace {

class Ignore final : public SwarmListener {
 public:
  void on_message(std::size_t, Heard, std::string_view, Clock::time_point) override {}
};

template <class Members>
JsonObject measure(const Context& context, const Dialect& dialect, const IdleOptions& options) {
  Ignore listener;
  Members clients(context.target, dialect, listener);
  const auto memory_with = [&](std::size_t members) {
    clients.add(members - clients.size());
    clients.run_until_joined(context.timeout);
    clients.pause(options.settle);
    return context.server.user_memory_bytes();
  };
  const std::uint64_t memory_from = memory_with(options.from);
  const std::uint64_t memory_to = memory_with(options.to);
  const double growth = static_cast<double>(memory_to) - static_cast<double>(memory_from);
  return JsonObject{}
      .add("scenario", "idle")
      .add("tls", context.target.tls)
      .add("from", options.from)
      .add("to", options.to)
      .add("user_memory_from_bytes", memory_from)
      .add("user_memory_to_bytes", memory_to)
      .add("bytes_per_connection", growth / static_cast<double>(options.to - options.from));
}

}  // namespace

JsonObject run_idle(const Context& context, const Dialect& dialect, const IdleOptions& options) {
  return dialect.is_event_stream() ? measure<EventStreamMembers>(context, dialect, options)
                                   : measure<Swarm>(context, dialect, options);
}

}  // namespace pulso::bench
