// Socket.IO connections in the hands of strangers, whose messages, cuts and returns come in any order while the server
// publishes and disconnects: what they are sent are whole packets, and who was told of as connected is told of as gone,
// once, after the last that is heard of it.
#include "realtime/socketio_connection.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <ranges>
#include <set>

#include "base/json_write.h"
#include "support/fuzz_lines.h"
#include "support/socketio_world.h"

namespace {

using namespace pulso;
using realtime::SocketioAck;
using realtime::SocketioArguments;
using realtime::SocketioSocket;

void require(bool condition) {
  if (!condition) std::abort();
}

realtime::SocketioOptions options() {
  realtime::SocketioOptions options;
  options.recovery_window = milliseconds{2'000};
  options.rooms_max = 3;
  options.messages_per_second = {.per_second = 20, .burst = 20};
  return options;
}

/// One client's connection, and what it is sent.
struct Client {
  Client(net::Shard& shard, realtime::SocketioContext& context, const realtime::FindNamespace& find)
      : session(shard),
        connection(std::make_unique<realtime::SocketioConnection>(context, find, realtime::SocketioHandshake{})) {
    session.on_sent = [this](const net::EngineioFrameContent& content) {
      require(!content.is_text || content.payload.starts_with('4'));
      const auto packet = content.is_text ? decoder.decode_text(content.payload.substr(1), {.attachments_max = 1'000})
                                          : decoder.decode_binary(content.payload);
      require(packet.has_value());
      if (!*packet || (*packet)->type != net::SocketioPacketType::connect) return;
      if (const auto* data = (*packet)->data.if_object(); data && data->contains("pid")) {
        private_id = data->at("pid").as_string();
      }
    };
    connection->on_open(session);
  }

  support::KeptSession session;
  net::SocketioDecoder decoder;
  std::string private_id;
  std::unique_ptr<realtime::SocketioConnection> connection;  ///< null when it is over
};

class World : private support::SocketioWorld {
 public:
  World() : SocketioWorld(options()) {
    root_.on_connection([this](SocketioSocket& socket) { require(connected_.insert(&socket).second); });
    root_.on_disconnect([this](SocketioSocket& socket, std::string_view) { require(connected_.erase(&socket) == 1); });
    on("echo", [](SocketioSocket& socket, SocketioArguments arguments, SocketioAck ack) {
      if (ack) return ack(std::move(arguments));
      socket.emit("echo", std::move(arguments));
    });
    on("join", [](SocketioSocket& socket, const SocketioArguments& arguments, const SocketioAck&) {
      if (!arguments.values.empty() && arguments.values[0].is_string()) socket.join(arguments.values[0].get_string());
    });
    on("ask", [this](SocketioSocket& socket, SocketioArguments arguments, SocketioAck ack) {
      ++questions_;
      socket.emit_with_ack("question", std::move(arguments), milliseconds{500},
                           [this, ack = std::move(ack)](Result<SocketioArguments> answer) mutable {
                             --questions_;
                             if (ack && answer) ack(*std::move(answer));
                           });
    });
    on("kick", [](SocketioSocket& socket, const SocketioArguments&, const SocketioAck&) { socket.disconnect(); });
    on("kick-all",
       [](SocketioSocket& socket, const SocketioArguments&, const SocketioAck&) { socket.disconnect(true); });
    on("cut", [](SocketioSocket& socket, const SocketioArguments&, const SocketioAck&) { socket.close_transport(); });
  }

  /// One line of an input: what is done, and with what.
  void act(char what, std::string_view with) {
    switch (what) {
      case 'o':
        open();
        break;
      case 'n':  // the one before is the one that acts now
        if (!clients_.empty()) std::rotate(clients_.begin(), clients_.begin() + 1, clients_.end());
        break;
      case 't':
        say(with, true);
        break;
      case 'b':
        say(with, false);
        break;
      case 'r':  // comes back and names what it has lost
        come_back(with);
        break;
      case 'd':
        if (Client* const client = current()) end(*client, net::EngineioCloseReason::transport_close);
        break;
      case 'e':
        root_.publish({.rooms = {}, .except = {}, .is_volatile = with.starts_with('v')}, "news", {});
        break;
      case 'm':
        root_.publish({.rooms = {"room"}, .except = {}}, "news", {});
        break;
      case 'k':
        root_.disconnect({}, with.starts_with('a'));
        break;
      case 'a':
        advance(milliseconds{100} * static_cast<int>(with.size() % 30));
        break;
      default:
        break;
    }
    run();
    for (const auto& client : clients_) {
      if (client->connection && client->session.is_closed) end(*client, net::EngineioCloseReason::forced_close);
    }
  }

  void end() {
    for (const auto& client : clients_) end(*client, net::EngineioCloseReason::transport_close);
    run();
    require(connected_.empty());
    require(root_.socket_count() == 0);
    require(root_.member_count("room") == 0);
    require(questions_ == 0);
  }

 private:
  void on(std::string event, realtime::SocketioNamespace::Handler handler) {
    root_.on(std::move(event), [this, handler = std::move(handler)](SocketioSocket& socket, SocketioArguments arguments,
                                                                    SocketioAck ack) {
      require(connected_.contains(&socket));
      handler(socket, std::move(arguments), std::move(ack));
    });
  }

  void open() {
    if (clients_.size() < 8) clients_.push_back(std::make_unique<Client>(shard_, context_, find_));
  }

  Client* current() { return clients_.empty() || !clients_.back()->connection ? nullptr : clients_.back().get(); }

  void say(std::string_view message, bool is_text) {
    if (Client* const client = current()) client->connection->on_message(message, is_text);
  }

  void come_back(std::string_view offset) {
    if (clients_.empty()) return;
    const std::string private_id = clients_.back()->private_id;
    open();
    boost::json::object auth{{"pid", private_id}};
    if (!offset.empty()) auth["offset"] = std::string{offset};
    say("0" + write_json(auth), true);
  }

  void end(Client& client, net::EngineioCloseReason reason) {
    if (!client.connection) return;
    client.connection->on_close(reason);
    client.connection = nullptr;
  }

  void advance(milliseconds by) {
    clock_.advance(by);
    for (; by > milliseconds{0}; by -= net::TimingWheel::tick) {
      now_ += net::TimingWheel::tick;
      shard_.wheel().advance(now_);
    }
  }

  SteadyTime now_ = std::chrono::steady_clock::now();
  std::set<SocketioSocket*> connected_;
  int questions_ = 0;
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  World world;
  for (const std::string_view line : pulso::support::lines_of(data, size) | std::views::take(100)) {
    if (!line.empty()) world.act(line.front(), line.substr(1));
  }
  world.end();
  return 0;
}
