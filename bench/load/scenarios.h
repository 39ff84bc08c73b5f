#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "load/dialect.h"
#include "load/json_object.h"
#include "load/server_process.h"
#include "load/stream.h"

/// One function a subcommand: each drives the server through one experiment and returns its figures. All throw
/// std::runtime_error when the run is void.
namespace pulso::bench {

struct Context {
  Target target;
  ServerProcess server;
  /// For each single step of a scenario, not for the whole.
  std::chrono::seconds timeout{60};
};

struct IdleOptions {
  std::size_t from = 1000;
  std::size_t to = 10000;
  std::chrono::milliseconds settle{1500};
};
/// User memory that a joined connection costs, as the slope between two numbers of idle members.
JsonObject run_idle(const Context& context, const Dialect& dialect, const IdleOptions& options);

struct FanOutOptions {
  std::size_t members = 1000;
  std::vector<std::size_t> in_flight{1, 8};
  /// Per entry of `in_flight`: at least so many deliveries are measured, after a tenth of them as warm-up.
  std::uint64_t deliveries = 300'000;
  /// Members hear by Engine.IO's long-polling instead of WebSocket; the publisher keeps its WebSocket. Socket.IO only.
  bool over_polling = false;
};
/// The server's CPU time for a delivery, throughput and latency, at one or more burst sizes on the same connections.
JsonObject run_fan_out(const Context& context, const Dialect& dialect, const FanOutOptions& options);

struct ConnectOptions {
  std::size_t connections = 10'000;
  /// So many at once; all have joined before all are closed. Below Node's listen backlog of 511.
  std::size_t wave = 250;
};
/// The server's CPU time for a connection that is made, joins and is closed in order.
JsonObject run_connect(const Context& context, const Dialect& dialect, const ConnectOptions& options);

/// Another server of the same file, on the same core.
struct Reference {
  Target target;
  ServerProcess server;
  std::string request_target;
};

struct DownloadOptions {
  /// The file as the server has it on its disk: what arrives is compared with it, once for each listener.
  std::string file;
  /// Its request target.
  std::string target = "/";
  /// Measured in turns with the server, some tenths of a second each: a virtual machine's memory gets slower and
  /// quicker by the second, which then meets both alike.
  std::optional<Reference> reference;
  std::vector<std::size_t> listeners{1, 500};
  /// Of one Range request.
  std::uint64_t range_bytes = 1024 * 1024;
  /// Per entry of `listeners` and server: at least so much is measured.
  std::uint64_t bytes = 8'000'000'000;
  /// Of a turn. For many listeners enough that each asks more than once.
  std::uint64_t turn_bytes = 1'000'000'000;
};
/// The server's CPU time for a gigabyte (10⁹ bytes) of a file's ranges, each listener asking for one after the other.
JsonObject run_download(const Context& context, const DownloadOptions& options);

struct SlowOptions {
  std::size_t members = 500;
  std::size_t in_flight = 8;
  std::uint64_t messages = 8000;
  /// False is the run to compare with.
  bool stalled = true;
};
/// The latency of all others while one member never reads, the server's peak memory, and what became of that member.
JsonObject run_slow(const Context& context, const Dialect& dialect, const SlowOptions& options);

struct ContentionOptions {
  std::size_t clients = 1000;
  std::size_t rounds = 200;
};
/// Seats only: all clients select one seat at once, round after round. Exactly one may win, and all must see who.
JsonObject run_contention(const Context& context, const ContentionOptions& options);

struct StormOptions {
  std::size_t clients = 9000;
  /// So many clients hold one seat each.
  std::size_t holders = 50;
  /// Changes that happen while all are away.
  std::size_t missed = 20;
};
/// Seats only: all connections are reset at once and come back with their session and offset. Measures the time until
/// the last one has exactly what it missed, and checks that every hold still has its owner.
JsonObject run_storm(const Context& context, const StormOptions& options);

struct ResumeOptions {
  std::size_t streams = 10'000;
  std::size_t missed = 20;  ///< events that are published while no stream is there
};
/// Event streams of an account, all cut at once, come back with the last id that they have seen: the time from the cut
/// until each has what it missed. `streams_of` makes the dialect of streams whose target ends in that suffix.
JsonObject run_resume(const Context& context,
                      const std::function<std::unique_ptr<Dialect>(const std::string& suffix)>& streams_of,
                      const ResumeOptions& options);

}  // namespace pulso::bench
