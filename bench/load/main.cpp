// pulso_load: one subcommand a scenario; prints one JSON object, or an error on stderr and exit code 1.
#include <chrono>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "load/dialect.h"
#include "load/scenarios.h"

namespace pulso::bench {
namespace {

struct Arguments {
  Target target;
  int server_pid = 0;
  int timeout_s = 60;
  std::string dialect = "seats";
  std::string raw_target = "/";
  std::string publish_target = "/";
  bool publishes_json = false;
  bool publishes_events = false;
  std::string room;
  std::size_t payload_bytes = 0;
  IdleOptions idle;
  int settle_ms = 1500;
  FanOutOptions fan_out;
  SlowOptions slow;
  bool without_stalled = false;
  ConnectOptions connect;
  DownloadOptions download;
  std::uint16_t reference_port = 0;
  int reference_pid = 0;
  std::string reference_target;
  ContentionOptions contention;
  StormOptions storm;
  ResumeOptions resume;
};

std::unique_ptr<Dialect> make_dialect(const Arguments& arguments) {
  if (arguments.dialect == "raw") return make_raw_dialect(arguments.raw_target, arguments.payload_bytes);
  if (arguments.dialect == "sse") {
    const PublicationBody body = arguments.publishes_events ? PublicationBody::events
                                 : arguments.publishes_json ? PublicationBody::json
                                                            : PublicationBody::plain;
    return make_sse_dialect(arguments.raw_target, arguments.publish_target, arguments.payload_bytes, body);
  }
  if (arguments.dialect == "socketio") return make_socketio_dialect(arguments.room, arguments.payload_bytes);
  return make_seats_dialect("bench", arguments.payload_bytes);
}

void add_common(CLI::App& app, Arguments& arguments) {
  app.add_option("--port", arguments.target.port, "The server's port on 127.0.0.1")->required();
  app.add_option("--server-pid", arguments.server_pid, "The process whose CPU time and memory are read")->required();
  app.add_flag("--tls", arguments.target.tls, "Connect with TLS, checking no certificate");
  app.add_option("--source-addresses", arguments.target.source_addresses, "Bind to so many of 127.0.0.2, …")
      ->check(CLI::Range(1, 250))
      ->capture_default_str();
  app.add_option("--timeout", arguments.timeout_s, "Seconds that one step may take")->capture_default_str();
}

void add_dialect(CLI::App& app, Arguments& arguments) {
  app.add_option("--dialect", arguments.dialect)
      ->check(CLI::IsMember({"seats", "raw", "socketio", "sse"}))
      ->capture_default_str();
  app.add_option("--target", arguments.raw_target, "Request target of the raw and sse dialects")->capture_default_str();
  app.add_option("--publish-target", arguments.publish_target, "sse: where publications are posted")
      ->capture_default_str();
  app.add_flag("--publish-json", arguments.publishes_json, "sse: as {\"data\": …}");
  app.add_flag("--publish-events", arguments.publishes_events, "sse: as an account's events, each with an id");
  app.add_option("--room", arguments.room, "Socket.IO: join this room and publish to it, instead of to everybody");
  app.add_option("--payload-bytes", arguments.payload_bytes, "Size of what is published (seats: of its user_info)")
      ->capture_default_str();
}

int run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Load generator for WebSocket servers on this machine", "pulso_load");
  app.require_subcommand(1);
  app.fallthrough();
  add_common(app, arguments);

  std::function<JsonObject(const Context&, const Dialect&)> scenario;
  const auto add_scenario = [&](const char* name, const char* description, auto function) {
    CLI::App* command = app.add_subcommand(name, description);
    command->callback([&scenario, function] { scenario = function; });
    return command;
  };

  auto* idle = add_scenario(
      "idle", "User memory of an idle member",
      [&](const Context& context, const Dialect& dialect) { return run_idle(context, dialect, arguments.idle); });
  add_dialect(*idle, arguments);
  idle->add_option("--from", arguments.idle.from)->capture_default_str();
  idle->add_option("--to", arguments.idle.to)->capture_default_str();
  idle->add_option("--settle-ms", arguments.settle_ms, "Wait before measuring")->capture_default_str();

  auto* fan_out = add_scenario("fanout", "CPU time of a delivery", [&](const Context& context, const Dialect& dialect) {
    return run_fan_out(context, dialect, arguments.fan_out);
  });
  add_dialect(*fan_out, arguments);
  fan_out->add_option("--members", arguments.fan_out.members)->capture_default_str();
  fan_out->add_option("--in-flight", arguments.fan_out.in_flight, "Burst sizes, separated by commas")->delimiter(',');
  fan_out->add_option("--deliveries", arguments.fan_out.deliveries, "To measure, per burst size")
      ->capture_default_str();

  fan_out->add_flag("--polling", arguments.fan_out.over_polling, "Socket.IO: members hear by long-polling");

  auto* connect = add_scenario(
      "connect", "CPU time of a connection",
      [&](const Context& context, const Dialect& dialect) { return run_connect(context, dialect, arguments.connect); });
  add_dialect(*connect, arguments);
  connect->add_option("--connections", arguments.connect.connections)->capture_default_str();
  connect->add_option("--wave", arguments.connect.wave, "So many at once")->capture_default_str();

  auto* files = add_scenario("files", "CPU time of a gigabyte", [&](const Context& context, const Dialect&) {
    return run_download(context, arguments.download);
  });
  files->add_option("--file", arguments.download.file, "The file as the server has it")->required();
  files->add_option("--target", arguments.download.target, "Its request target")->capture_default_str();
  auto* reference_port =
      files->add_option("--reference-port", arguments.reference_port, "Of a server that is measured in turns with it");
  files->add_option("--reference-pid", arguments.reference_pid)->needs(reference_port);
  files->add_option("--reference-target", arguments.reference_target)->needs(reference_port);
  files->add_option("--listeners", arguments.download.listeners, "Separated by commas")->delimiter(',');
  files->add_option("--range-bytes", arguments.download.range_bytes)->capture_default_str();
  files->add_option("--bytes", arguments.download.bytes, "To measure, per number of listeners")->capture_default_str();

  auto* slow = add_scenario(
      "slow", "Latency beside a stalled member",
      [&](const Context& context, const Dialect& dialect) { return run_slow(context, dialect, arguments.slow); });
  add_dialect(*slow, arguments);
  slow->add_option("--members", arguments.slow.members)->capture_default_str();
  slow->add_option("--in-flight", arguments.slow.in_flight)->capture_default_str();
  slow->add_option("--messages", arguments.slow.messages)->capture_default_str();
  slow->add_flag("--without-stalled", arguments.without_stalled, "The run to compare with");

  auto* contention = add_scenario("contention", "All select one seat", [&](const Context& context, const Dialect&) {
    return run_contention(context, arguments.contention);
  });
  contention->add_option("--clients", arguments.contention.clients)->capture_default_str();
  contention->add_option("--rounds", arguments.contention.rounds)->capture_default_str();

  auto* storm = add_scenario("storm", "All are reset and come back", [&](const Context& context, const Dialect&) {
    return run_storm(context, arguments.storm);
  });
  storm->add_option("--clients", arguments.storm.clients)->capture_default_str();
  storm->add_option("--holders", arguments.storm.holders)->capture_default_str();
  storm->add_option("--missed", arguments.storm.missed)->capture_default_str();

  auto* resume =
      add_scenario("resume", "Event streams are cut and come back", [&](const Context& context, const Dialect&) {
        const auto streams_of = [&](const std::string& suffix) {
          return make_sse_dialect(arguments.raw_target + suffix, arguments.publish_target, arguments.payload_bytes,
                                  PublicationBody::events);
        };
        return run_resume(context, streams_of, arguments.resume);
      });
  add_dialect(*resume, arguments);
  resume->add_option("--streams", arguments.resume.streams)->capture_default_str();
  resume->add_option("--missed", arguments.resume.missed)->capture_default_str();

  CLI11_PARSE(app, argc, argv);
  arguments.idle.settle = std::chrono::milliseconds{arguments.settle_ms};
  arguments.slow.stalled = !arguments.without_stalled;
  if (arguments.reference_port != 0) {
    Target target = arguments.target;
    target.port = arguments.reference_port;
    arguments.download.reference.emplace(target, ServerProcess(arguments.reference_pid), arguments.reference_target);
  }
  const auto dialect = make_dialect(arguments);
  const Context context{.target = arguments.target,
                        .server = ServerProcess(arguments.server_pid),
                        .timeout = std::chrono::seconds{arguments.timeout_s}};
  fmt::print("{}\n", scenario(context, *dialect).str());
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace pulso::bench

int main(int argc, char** argv) {
  try {
    return pulso::bench::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "pulso_load: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
