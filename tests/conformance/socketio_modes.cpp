#include "socketio_modes.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>

#include "base/random.h"

namespace pulso::conformance {
namespace {

namespace json = boost::json;
using realtime::SocketioAck;
using realtime::SocketioArguments;
using realtime::SocketioNamespace;
using realtime::SocketioServer;
using realtime::SocketioSocket;

constexpr milliseconds answer_timeout{500};
constexpr milliseconds patient_answer_timeout{3'000};

SocketioArguments args(json::array values) {
  return {std::move(values), {}};
}

std::string text_at(const SocketioArguments& arguments, std::size_t index) {
  if (index >= arguments.values.size() || !arguments.values[index].is_string()) return {};
  return std::string{arguments.values[index].as_string()};
}

std::int64_t number_at(const SocketioArguments& arguments, std::size_t index) {
  if (index >= arguments.values.size()) return 0;
  boost::system::error_code ignored;
  return arguments.values[index].to_number<std::int64_t>(ignored);
}

/// What stands behind the first `count` arguments.
SocketioArguments behind(SocketioArguments arguments, std::size_t count) {
  auto& values = arguments.values;
  values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(std::min(count, values.size())));
  return arguments;
}

template <class Work>
void after(net::Shard& shard, milliseconds delay, Work work) {
  auto timer = std::make_shared<boost::asio::steady_timer>(shard.context(), delay);
  timer->async_wait([timer, work = std::move(work)](const boost::system::error_code& error) mutable {
    if (!error) work();
  });
}

realtime::SocketioOptions suite_options() {
  realtime::SocketioOptions options;
  options.engineio.ping_interval = milliseconds{300};
  options.engineio.ping_timeout = milliseconds{200};
  options.connect_timeout = milliseconds{1'000};
  return options;
}

realtime::SocketioOptions app_options() {
  realtime::SocketioOptions options;
  options.engineio.ping_interval = milliseconds{1'000};
  options.engineio.ping_timeout = milliseconds{1'000};
  options.engineio.outbox = {.bytes_max = 64 * 1024 * 1024, .messages_max = 1'000'000};
  options.connect_timeout = milliseconds{2'000};
  options.recovery_window = milliseconds{4'000};
  return options;
}

std::unique_ptr<SocketioServer> create(const SocketioParts& parts, realtime::SocketioOptions options) {
  if (parts.is_patient) {
    const realtime::SocketioOptions defaults;
    options.engineio.ping_interval = defaults.engineio.ping_interval;
    options.engineio.ping_timeout = defaults.engineio.ping_timeout;
    options.connect_timeout = defaults.connect_timeout;
  }
  return realtime::create_socketio_server({.options = std::move(options),
                                           .clock = parts.clock,
                                           .shards = parts.shards,
                                           .bus = parts.bus,
                                           .redis = parts.redis,
                                           .metrics = parts.metrics,
                                           .instance = InstanceId{random_token(9)}});
}

void greet(SocketioNamespace& name_space) {
  name_space.on_connection([](SocketioSocket& socket) {
    if (!socket.is_recovered()) socket.emit("auth", args({socket.auth()}));
  });
}

void echo(SocketioNamespace& name_space) {
  name_space.on("message", [](SocketioSocket& socket, SocketioArguments arguments, const SocketioAck&) {
    socket.emit("message-back", std::move(arguments));
  });
  name_space.on("message-with-ack", [](SocketioSocket&, SocketioArguments arguments, SocketioAck ack) {
    if (ack) ack(std::move(arguments));
  });
}

void answer_questions(SocketioNamespace& root, milliseconds timeout) {
  root.on("never-ack", [](SocketioSocket&, const SocketioArguments&, const SocketioAck&) {});
  root.on("flaky", [counts = std::make_shared<std::map<std::string, int>>()](
                       SocketioSocket&, const SocketioArguments& arguments, SocketioAck ack) {
    const int count = ++(*counts)[text_at(arguments, 0)];
    if (count >= 3 && ack) ack(args({count}));
  });
  root.on("who", [](SocketioSocket& socket, const SocketioArguments&, SocketioAck ack) {
    const std::vector<std::string> names = socket.rooms();
    json::object query;
    for (const auto& [name, value] : socket.handshake().query) query[name] = value;
    if (ack) {
      ack(args({json::object{{"id", socket.id()},
                             {"rooms", json::array(names.begin(), names.end())},
                             {"recovered", socket.is_recovered()},
                             {"transport", socket.transport_name()},
                             {"auth", socket.auth()},
                             {"query", std::move(query)}}}));
    }
  });
  root.on("ask", [timeout](SocketioSocket& socket, SocketioArguments arguments, SocketioAck ack) {
    socket.emit_with_ack("question", std::move(arguments), timeout,
                         [ack = std::move(ack)](Result<SocketioArguments> answer) mutable {
                           if (!ack) return;
                           if (!answer) return ack(args({"timeout"}));
                           answer->values.insert(answer->values.begin(), nullptr);
                           ack(*std::move(answer));
                         });
  });
  root.on("gather", [&root, timeout](SocketioSocket&, const SocketioArguments& arguments, SocketioAck ack) {
    root.publish_with_ack({.rooms = {text_at(arguments, 0)}, .except = {}}, "question", behind(arguments, 1), timeout,
                          [ack = std::move(ack)](std::vector<SocketioArguments> answers, bool is_complete) mutable {
                            json::array values;
                            for (SocketioArguments& answer : answers) {
                              values.push_back(answer.values.empty() ? json::value{} : answer.values.front());
                            }
                            json::value error;
                            if (!is_complete) error = "timeout";
                            if (ack) ack(args({std::move(error), std::move(values)}));
                          });
  });
}

void publish_to_rooms(SocketioNamespace& root) {
  root.on("join", [](SocketioSocket& socket, const SocketioArguments& arguments, SocketioAck ack) {
    socket.join(text_at(arguments, 0));
    if (ack) ack({});
  });
  root.on("leave", [](SocketioSocket& socket, const SocketioArguments& arguments, SocketioAck ack) {
    socket.leave(text_at(arguments, 0));
    if (ack) ack({});
  });
  root.on("to-room", [&root](SocketioSocket& socket, const SocketioArguments& arguments, SocketioAck ack) {
    root.publish({.rooms = {text_at(arguments, 0)}, .except = {socket.id()}}, text_at(arguments, 1),
                 behind(arguments, 2));
    if (ack) ack({});
  });
  root.on("to-all", [&root](SocketioSocket&, const SocketioArguments& arguments, SocketioAck ack) {
    root.publish({}, text_at(arguments, 0), behind(arguments, 1));
    if (ack) ack({});
  });
  const auto delayed = [&root](bool is_volatile) {
    return [&root, is_volatile](SocketioSocket& socket, const SocketioArguments& arguments, SocketioAck ack) {
      after(socket.shard(), milliseconds{number_at(arguments, 0)}, [&root, is_volatile, id = socket.id(), arguments] {
        root.publish({.rooms = {id}, .except = {}, .is_volatile = is_volatile}, text_at(arguments, 1),
                     behind(arguments, 2));
      });
      if (ack) ack({});
    };
  };
  root.on("delayed", delayed(false));
  root.on("volatile-delayed", delayed(true));
  root.on("burst", [](SocketioSocket& socket, const SocketioArguments& arguments, SocketioAck ack) {
    const std::int64_t count = number_at(arguments, 0);
    for (std::int64_t i = 0; i < count; ++i) socket.emit("seq", args({i}));
    if (ack) ack({});
  });
  root.on("kick", [](SocketioSocket& socket, const SocketioArguments&, const SocketioAck&) { socket.disconnect(); });
  root.on("kick-all",
          [](SocketioSocket& socket, const SocketioArguments&, const SocketioAck&) { socket.disconnect(true); });
  root.on("close-transport",
          [](SocketioSocket& socket, const SocketioArguments&, const SocketioAck&) { socket.close_transport(); });
}

}  // namespace

std::unique_ptr<SocketioServer> create_socketio_suite(const SocketioParts& parts) {
  auto server = create(parts, suite_options());
  greet(server->of("/"));
  echo(server->of("/"));
  greet(server->of("/custom"));
  return server;
}

std::unique_ptr<SocketioServer> create_socketio_app(const SocketioParts& parts) {
  auto server = create(parts, app_options());
  SocketioNamespace& root = server->of("/");
  if (parts.greets) greet(root);
  echo(root);
  answer_questions(root, parts.is_patient ? patient_answer_timeout : answer_timeout);
  publish_to_rooms(root);
  greet(server->of("/custom"));
  server->add_dynamic(
      [](std::string_view name) {
        constexpr std::string_view prefix = "/dyn-";
        return name.size() > prefix.size() && name.starts_with(prefix) &&
               std::ranges::all_of(name.substr(prefix.size()), [](char c) { return c >= '0' && c <= '9'; });
      },
      [](SocketioNamespace& made) { greet(made); });
  SocketioNamespace& private_space = server->of("/private");
  private_space.use([](realtime::SocketioSocketRef socket)
                        -> boost::asio::awaitable<std::expected<void, realtime::SocketioConnectError>> {
    const json::value* token = socket->auth().if_contains("token");
    if (token && token->is_string() && token->as_string() == "secret")
      co_return std::expected<void, realtime::SocketioConnectError>{};
    co_return std::unexpected{
        realtime::SocketioConnectError{.message = "not authorized", .data = json::object{{"code", 401}}}};
  });
  greet(private_space);
  return server;
}

}  // namespace pulso::conformance
