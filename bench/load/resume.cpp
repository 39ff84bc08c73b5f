#include <chrono>
#include <string>
#include <vector>

#include "load/event_stream_members.h"
#include "load/histogram.h"
#include "load/scenarios.h"

namespace pulso::bench {
namespace {

constexpr std::size_t welcome = 1;  ///< each stream begins with one

/// Counts what each stream has heard, and notes when it had enough.
class Returned final : public SwarmListener {
 public:
  Returned(std::size_t streams, std::size_t wanted) : heard_(streams), wanted_(wanted), start_(Clock::now()) {}

  void begin() { start_ = Clock::now(); }
  std::size_t complete() const { return complete_; }
  const Histogram& times() const { return times_; }

  void on_message(std::size_t stream, Heard, std::string_view, Clock::time_point now) override {
    if (++heard_[stream] != wanted_) return;
    ++complete_;
    times_.record(now - start_);
  }

 private:
  std::vector<std::size_t> heard_;
  const std::size_t wanted_;
  std::size_t complete_ = 0;
  Clock::time_point start_;
  Histogram times_;
};

}  // namespace

JsonObject run_resume(const Context& context,
                      const std::function<std::unique_ptr<Dialect>(const std::string& suffix)>& streams_of,
                      const ResumeOptions& options) {
  const auto dialect = streams_of("");
  // Hears everything, and publishes, over the whole run.
  Returned witness(1, welcome + 1 + options.missed);
  EventStreamMembers publisher(context.target, *dialect, witness);
  publisher.add(1);
  publisher.run_until_joined(context.timeout);
  const auto publish = [&](std::uint64_t from, std::uint64_t to) {
    std::vector<std::string> posts;
    for (std::uint64_t i = from; i < to; ++i) posts.push_back(dialect->publication(i));
    publisher.publish(posts);
  };

  Returned seen(options.streams, welcome + 1);
  {
    EventStreamMembers streams(context.target, *dialect, seen);
    streams.add(options.streams);
    streams.run_until_joined(context.timeout);
    publish(0, 1);
    streams.run_until([&] { return seen.complete() == options.streams; }, context.timeout,
                      "the first event did not reach all streams");
  }
  publish(1, 1 + options.missed);

  const auto returning = streams_of("&lastEventId=n0");
  Returned returned(options.streams, welcome + options.missed);
  const auto cpu_before = context.server.cpu_time();
  EventStreamMembers streams(context.target, *returning, returned);
  streams.add(options.streams);
  returned.begin();
  streams.run_until([&] { return returned.complete() == options.streams; }, context.timeout,
                    "not every stream came back with what it had missed");
  const auto cpu = context.server.cpu_time() - cpu_before;
  publisher.run_until([&] { return witness.complete() == 1; }, context.timeout, "the witness has not heard everything");
  return JsonObject{}
      .add("scenario", "resume")
      .add("streams", options.streams)
      .add("missed", options.missed)
      .add("return_us", returned.times())
      .add("server_cpu_us_per_stream", seconds(cpu) * 1e6 / static_cast<double>(options.streams));
}

}  // namespace pulso::bench
