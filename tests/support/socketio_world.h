#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/engineio_packet.h"
#include "realtime/socketio_connection.h"
#include "support/fake_clock.h"

namespace pulso::support {

/// Keeps the packets that a connection sends.
class KeptSession final : public net::EngineioSession {
 public:
  explicit KeptSession(net::Shard& shard) : shard_(shard) {}
  void send(std::span<const net::FrameRef> messages, std::span<const net::FrameRef> /*deflated*/) override {
    for (const net::FrameRef& message : messages) {
      const net::EngineioFrameContent content = net::engineio_frame_content(message);
      on_sent(content);
      sent.emplace_back(content.payload);
    }
  }
  void send_uncounted(std::span<const net::FrameRef> messages) override { send(messages, {}); }
  [[nodiscard]] bool is_writable() const noexcept override { return true; }
  void close() override { is_closed = true; }
  void set_cookie(std::string /*field*/) override {}
  [[nodiscard]] net::Shard& shard() const noexcept override { return shard_; }
  [[nodiscard]] const std::string& id() const noexcept override { return id_; }
  [[nodiscard]] std::string_view transport_name() const noexcept override { return "websocket"; }
  [[nodiscard]] std::size_t pending_bytes() const noexcept override { return 0; }

  std::vector<std::string> sent;
  std::function<void(const net::EngineioFrameContent&)> on_sent = [](const net::EngineioFrameContent&) {};
  bool is_closed = false;

 private:
  net::Shard& shard_;
  std::string id_ = "session";
};

/// A connection to one namespace, on a shard that runs when the test says so, by a clock that the test moves.
class SocketioWorld {
 protected:
  explicit SocketioWorld(realtime::SocketioOptions options) : options_(std::move(options)) {}
  ~SocketioWorld() {
    connection_.on_close(net::EngineioCloseReason::transport_close);
    run();
    shard_.discard();
  }
  void run() {
    shard_.context().restart();
    shard_.context().poll();
  }
  void open() {
    connection_.on_open(session_);
    receive("0");
  }
  void receive(std::string_view packet) {
    connection_.on_message(packet, true);
    run();
  }

  FakeClock clock_;
  net::Shard shard_{0};
  const std::vector<net::Shard*> shards_{&shard_};
  const realtime::SocketioOptions options_;
  ops::Counter recoveries_, excess_messages_, excess_closes_, refused_joins_;
  realtime::SocketioContext context_{.options = options_,
                                     .clock = clock_,
                                     .shards = shards_,
                                     .counters = {},
                                     .recoveries = recoveries_,
                                     .excess_messages = excess_messages_,
                                     .excess_closes = excess_closes_,
                                     .refused_joins = refused_joins_};
  realtime::LocalNamespace root_{context_, "/"};
  const realtime::FindNamespace find_ = [this](std::string_view name) { return name == "/" ? &root_ : nullptr; };
  KeptSession session_{shard_};
  realtime::SocketioConnection connection_{context_, find_, {}};
};

}  // namespace pulso::support
