#include <chrono>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "load/scenarios.h"
#include "load/swarm.h"

namespace pulso::bench {
namespace {

/// Before reading the server's CPU time: it finishes what follows the last close, then sleeps.
constexpr std::chrono::milliseconds settle{100};

/// Connections that may end only once they were told to.
class Departures final : public SwarmListener {
 public:
  void begin_connecting() {
    is_closing_ = false;
    closed_ = 0;
  }
  void begin_closing() { is_closing_ = true; }
  std::size_t closed() const { return closed_; }

  void on_message(std::size_t client, Heard heard, std::string_view text, Clock::time_point) override {
    if (heard == Heard::refusal) throw std::runtime_error(fmt::format("client {} was refused: {}", client, text));
  }
  void on_lost(std::size_t client, const std::string& reason) override {
    if (!is_closing_) SwarmListener::on_lost(client, reason);
    ++closed_;
  }

 private:
  bool is_closing_ = false;
  std::size_t closed_ = 0;
};

/// Returns how many connections were made and closed: whole waves.
std::size_t connect_and_close(const Context& context, Swarm& swarm, Departures& departures, std::size_t connections) {
  std::size_t made = 0;
  for (; made < connections; made += swarm.size()) {
    swarm.reset_all();
    departures.begin_connecting();
    swarm.run_until_joined(context.timeout);
    departures.begin_closing();
    swarm.close_all();
    swarm.run_until([&] { return departures.closed() == swarm.size(); }, context.timeout,
                    "not every connection was closed");
  }
  return made;
}

}  // namespace

JsonObject run_connect(const Context& context, const Dialect& dialect, const ConnectOptions& options) {
  Departures departures;
  Swarm swarm(context.target, dialect, departures);
  swarm.add(options.wave);
  connect_and_close(context, swarm, departures, options.connections / 5);
  swarm.pause(settle);
  const auto cpu_before = context.server.cpu_time();
  const Clock::time_point start = Clock::now();
  const std::size_t made = connect_and_close(context, swarm, departures, options.connections);
  const auto wall = Clock::now() - start;
  swarm.pause(settle);
  const auto cpu = context.server.cpu_time() - cpu_before;
  const auto count = static_cast<double>(made);
  return JsonObject{}
      .add("scenario", "connect")
      .add("connections", made)
      .add("wall_s", seconds(wall))
      .add("connections_per_s", count / seconds(wall))
      .add("server_cpu_s", seconds(cpu))
      .add("server_cpu_us_per_connection", seconds(cpu) * 1e6 / count)
      .add("connections_per_cpu_s", count / seconds(cpu));
}

}  // namespace pulso::bench
