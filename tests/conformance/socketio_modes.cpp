#include "socketio_modes.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>

#include "base/json_write.h"
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
/// What comes in one segment with the answer to CONNECT is lost on clients that wait for one message after the other.
constexpr milliseconds greeting_delay{20};
constexpr net::OutboxLimits patient_outbox{.bytes_max = 64 * 1024 * 1024, .messages_max = 1'000'000};
constexpr milliseconds patient_answer_timeout{3'000};

SocketioArguments args(json::array values) {
  return {std::move(values), {}};
}

/// A name of a room, an event or a client's own id; what is no string goes by its JSON.
std::string text_at(const SocketioArguments& arguments, std::size_t index) {
  if (index >= arguments.values.size()) return {};
  const json::value& value = arguments.values[index];
  return value.is_string() ? std::string{value.as_string()} : write_json(value);
}

/// Whole; zero where it is no number, nor the text of one.
std::int64_t number_at(const SocketioArguments& arguments, std::size_t index) {
  const std::string text = text_at(arguments, index);
  return static_cast<std::int64_t>(std::strtod(text.c_str(), nullptr));
}

/// Puts a value of `from` behind those of `to`, with the attachments that it names.
void append_value(SocketioArguments& to, SocketioArguments from) {
  json::value value = from.values.empty() ? json::value{} : std::move(from.values.front());
  const auto renumber = [&](json::value& part, const auto& self) -> void {
    if (auto* array = part.if_array()) {
      for (json::value& element : *array) self(element, self);
    } else if (auto* object = part.if_object()) {
      boost::system::error_code error;
      const json::value* number = object->contains("_placeholder") ? object->if_contains("num") : nullptr;
      const auto index = number ? number->to_number<std::size_t>(error) : from.attachments.size();
      if (!error && index < from.attachments.size()) {
        (*object)["num"] = to.attachments.size();
        to.attachments.push_back(from.attachments[index]);
      } else {
        for (auto& [name, member] : *object) self(member, self);
      }
    }
  };
  renumber(value, renumber);
  to.values.push_back(std::move(value));
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
  options.engineio.outbox = patient_outbox;
  options.connect_timeout = milliseconds{1'000};
  return options;
}

realtime::SocketioOptions app_options() {
  realtime::SocketioOptions options;
  options.engineio.ping_interval = milliseconds{1'000};
  options.engineio.ping_timeout = milliseconds{1'000};
  options.engineio.outbox = patient_outbox;
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
  options.engineio.ping_timeout = parts.ping_timeout.value_or(options.engineio.ping_timeout);
  if (parts.recovery_window) options.recovery_window = parts.recovery_window;
  return realtime::create_socketio_server({.options = std::move(options),
                                           .clock = parts.clock,
                                           .shards = parts.shards,
                                           .bus = parts.bus,
                                           .redis = parts.redis,
                                           .metrics = parts.metrics,
                                           .instance = InstanceId{random_token(9)}});
}

struct Greeting {
  bool is_sent = false;
};

void greet_now(SocketioSocket& socket) {
  auto* greeting = socket.state<Greeting>();
  if (greeting && !std::exchange(greeting->is_sent, true)) socket.emit("auth", args({socket.auth()}));
}

/// Tells each client what it gave to connect, before anything else.
void greet(SocketioNamespace& name_space, milliseconds delay = milliseconds{0}) {
  name_space.on_connection([delay](SocketioSocket& socket) {
    if (socket.is_recovered()) return;
    socket.set_state(std::make_shared<Greeting>());
    if (delay == milliseconds{0}) return greet_now(socket);
    after(socket.shard(), delay, [weak = socket.weak_from_this()] {
      if (const auto held = weak.lock(); held && held->is_connected()) greet_now(*held);
    });
  });
}

void on(SocketioNamespace& name_space, const char* event, SocketioNamespace::Handler handler) {
  name_space.on(event,
                [handler = std::move(handler)](SocketioSocket& socket, SocketioArguments arguments, SocketioAck ack) {
                  greet_now(socket);
                  handler(socket, std::move(arguments), std::move(ack));
                });
}

void echo(SocketioNamespace& name_space) {
  on(name_space, "message", [](SocketioSocket& socket, SocketioArguments arguments, const SocketioAck&) {
    socket.emit("message-back", std::move(arguments));
  });
  on(name_space, "message-with-ack", [](SocketioSocket&, SocketioArguments arguments, SocketioAck ack) {
    if (ack) ack(std::move(arguments));
  });
}

/// What clients call a room here may be a socket's id, which has 20 characters.
realtime::SocketioTarget target_of(std::string room, std::vector<std::string> except = {}) {
  const bool is_id = room.size() == 20;
  return {.rooms = {std::move(room)}, .except = std::move(except), .names_sockets = is_id};
}

void answer_questions(SocketioNamespace& root, milliseconds timeout) {
  on(root, "never-ack", [](SocketioSocket&, const SocketioArguments&, const SocketioAck&) {});
  on(root, "flaky",
     [counts = std::make_shared<std::map<std::string, int>>()](SocketioSocket&, const SocketioArguments& arguments,
                                                               SocketioAck ack) {
       const int count = ++(*counts)[text_at(arguments, 0)];
       if (count >= 3 && ack) ack(args({count}));
     });
  on(root, "who", [](SocketioSocket& socket, const SocketioArguments&, SocketioAck ack) {
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
  on(root, "ask", [timeout](SocketioSocket& socket, SocketioArguments arguments, SocketioAck ack) {
    socket.emit_with_ack("question", std::move(arguments), timeout,
                         [ack = std::move(ack)](Result<SocketioArguments> answer) mutable {
                           if (!ack) return;
                           if (!answer) return ack(args({"timeout"}));
                           SocketioArguments told = args({nullptr});
                           append_value(told, *std::move(answer));
                           ack(std::move(told));
                         });
  });
  on(root, "gather", [&root, timeout](SocketioSocket&, const SocketioArguments& arguments, SocketioAck ack) {
    root.publish_with_ack(target_of(text_at(arguments, 0)), "question", behind(arguments, 1), timeout,
                          [ack = std::move(ack)](std::vector<SocketioArguments> answers, bool is_complete) mutable {
                            SocketioArguments values;
                            for (SocketioArguments& answer : answers) append_value(values, std::move(answer));
                            json::value error;
                            if (!is_complete) error = "timeout";
                            values.values = {std::move(error), std::move(values.values)};
                            if (ack) ack(std::move(values));
                          });
  });
}

void publish_to_rooms(SocketioNamespace& root) {
  on(root, "join", [](SocketioSocket& socket, const SocketioArguments& arguments, SocketioAck ack) {
    socket.join(text_at(arguments, 0));
    if (ack) ack({});
  });
  on(root, "leave", [](SocketioSocket& socket, const SocketioArguments& arguments, SocketioAck ack) {
    socket.leave(text_at(arguments, 0));
    if (ack) ack({});
  });
  on(root, "to-room", [&root](SocketioSocket& socket, const SocketioArguments& arguments, SocketioAck ack) {
    root.publish(target_of(text_at(arguments, 0), {socket.id()}), text_at(arguments, 1), behind(arguments, 2));
    if (ack) ack({});
  });
  on(root, "to-all", [&root](SocketioSocket&, const SocketioArguments& arguments, SocketioAck ack) {
    root.publish({}, text_at(arguments, 0), behind(arguments, 1));
    if (ack) ack({});
  });
  const auto delayed = [&root](bool is_volatile) {
    return [&root, is_volatile](SocketioSocket& socket, const SocketioArguments& arguments, SocketioAck ack) {
      after(socket.shard(), milliseconds{number_at(arguments, 0)}, [&root, is_volatile, id = socket.id(), arguments] {
        root.publish({.rooms = {id}, .except = {}, .names_sockets = true, .is_volatile = is_volatile},
                     text_at(arguments, 1), behind(arguments, 2));
      });
      if (ack) ack({});
    };
  };
  on(root, "delayed", delayed(false));
  on(root, "volatile-delayed", delayed(true));
  on(root, "burst", [](SocketioSocket& socket, const SocketioArguments& arguments, SocketioAck ack) {
    const std::int64_t count = number_at(arguments, 0);
    for (std::int64_t i = 0; i < count; ++i) socket.emit("seq", args({i}));
    if (ack) ack({});
  });
  on(root, "kick", [](SocketioSocket& socket, const SocketioArguments&, const SocketioAck&) { socket.disconnect(); });
  on(root, "kick-all",
     [](SocketioSocket& socket, const SocketioArguments&, const SocketioAck&) { socket.disconnect(true); });
  on(root, "close-transport",
     [](SocketioSocket& socket, const SocketioArguments&, const SocketioAck&) { socket.close_transport(); });
}

}  // namespace

std::unique_ptr<SocketioServer> create_socketio_suite(const SocketioParts& parts) {
  auto server = create(parts, suite_options());
  greet(server->of("/"), greeting_delay);
  echo(server->of("/"));
  greet(server->of("/custom"), greeting_delay);
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
