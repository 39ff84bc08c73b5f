#pragma once
#include <atomic>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <boost/asio/co_spawn.hpp>

#include "net/engineio_connection.h"
#include "net/engineio_service.h"
#include "net/engineio_websocket.h"
#include "net/shard.h"
#include "net/websocket_encoder.h"
#include "support/websocket_frames.h"

namespace pulso::support {

inline net::FrameRef text(std::string_view data) {
  return net::encode_text_frame("4" + std::string{data});
}

/// Keeps what its session reports.
struct Reports {
  std::vector<std::string> messages;
  std::vector<net::EngineioCloseReason> ends;
  std::function<void(net::EngineioSession&)> on_open = [](net::EngineioSession&) {};
  std::function<void(std::string_view)> on_message = [](std::string_view) {};
};

class Listener final : public net::EngineioListener {
 public:
  explicit Listener(Reports& reports) : reports_(reports) {}
  void on_open(net::EngineioSession& session) override { reports_.on_open(session); }
  void on_message(std::string_view payload, bool is_text) override {
    reports_.messages.push_back((is_text ? "" : "bytes:") + std::string{payload});
    reports_.on_message(payload);
  }
  void on_close(net::EngineioCloseReason reason) override { reports_.ends.push_back(reason); }

 private:
  Reports& reports_;
};

/// The answers to the polls that a test has sent.
struct Poll {
  std::optional<std::string> answer;  ///< `!` and the number of an error
};

/// The client's end of a WebSocket of the session's.
class Peer {
 public:
  Peer(net::Shard& shard, net::ConnectionList& list, std::atomic<std::size_t>& count,
       std::unique_ptr<net::EngineioWebSocket> transport)
      : options_(std::make_shared<net::WebSocketOptions>()) {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_) != 0) throw std::runtime_error{"socketpair"};
    options_->ping_interval = milliseconds{0};
    options_->outbox = {.bytes_max = 1000, .messages_max = 5};
    net::Socket socket{shard.context()};
    socket.assign(boost::asio::ip::tcp::v4(), ends_[0]);
    connection_ = std::make_shared<net::WebSocketConnection>(
        net::ConnectionPlace{shard, list, count}, net::Stream{std::move(socket), nullptr},
        net::ConnectionLimits::Ticket{}, options_, std::nullopt, std::move(transport));
    connection_->start({});
  }
  ~Peer() {
    connection_->abort();
    ::close(ends_[1]);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void send(std::string_view payload) { write(encode_client_frame(payload)); }
  void write(const std::string& bytes) {
    if (!try_write(bytes)) throw std::runtime_error{"what a peer wrote did not go out whole"};
  }
  /// False when it did not go out whole, as after the other end's close.
  bool try_write(const std::string& bytes) {
    return ::send(ends_[1], bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  /// Short frames that have come: text as it is, a close as `close` and its code.
  std::vector<std::string> frames() {
    char buffer[65536];
    for (ssize_t got; (got = ::recv(ends_[1], buffer, sizeof(buffer), 0)) > 0;) {
      received_.append(buffer, static_cast<std::size_t>(got));
    }
    std::vector<std::string> out;
    while (received_.size() >= 2) {
      const auto length = static_cast<std::size_t>(received_[1]);
      std::string payload = received_.substr(2, length);
      if ((received_[0] & 0x0F) == 8) {
        payload = "close " +
                  std::to_string(static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]));
      }
      out.push_back(payload);
      received_.erase(0, 2 + length);
    }
    return out;
  }

 private:
  std::shared_ptr<net::WebSocketOptions> options_;
  std::shared_ptr<net::WebSocketConnection> connection_;
  int ends_[2] = {};
  std::string received_;
};

/// A polling session on a shard that runs when the test says so, by a clock that the test moves.
class EngineioWorld {
 protected:
  EngineioWorld() {
    session_ = net::EngineioConnection::create(service_, shard_, std::make_unique<Listener>(reports_));
  }
  ~EngineioWorld() {
    session_.reset();
    run();
    shard_.discard();
  }

  static net::EngineioOptions options() {
    net::EngineioOptions options;
    options.ping_interval = milliseconds{1000};
    options.ping_timeout = milliseconds{500};
    options.upgrade_timeout = milliseconds{800};
    options.message_bytes_max = 100;
    options.outbox = {.bytes_max = 1000, .messages_max = 5};
    return options;
  }
  void run() {
    shard_.context().restart();
    shard_.context().poll();
  }
  void advance(milliseconds by) {
    for (; by > milliseconds{0}; by -= net::TimingWheel::tick) {
      now_ += net::TimingWheel::tick;
      shard_.wheel().advance(now_);
      run();
    }
  }
  Poll& poll() {
    Poll& poll = *polls_.emplace_back(std::make_unique<Poll>());
    boost::asio::co_spawn(shard_.context(), session_->poll(&poll),
                          [&poll](const std::exception_ptr&, const net::EngineioPollAnswer& answer) {
                            poll.answer =
                                answer.error ? "!" + std::to_string(static_cast<int>(*answer.error)) : answer.payload;
                          });
    run();
    return poll;
  }
  std::string polled() { return poll().answer.value_or("nothing"); }
  std::optional<net::EngineioError> receive(std::string_view payload) {
    std::optional<net::EngineioError> error;
    boost::asio::co_spawn(
        shard_.context(), session_->receive(payload),
        [&error](const std::exception_ptr&, const net::EngineioPollAnswer& answer) { error = answer.error; });
    run();
    return error;
  }
  void send(std::initializer_list<net::FrameRef> messages) {
    session_->send(messages, {});
    run();
  }
  std::unique_ptr<net::EngineioWebSocket> candidate() {
    return std::make_unique<net::EngineioWebSocket>(service_, net::EngineioPlace{&shard_, session_});
  }
  std::unique_ptr<Peer> connect(std::unique_ptr<net::EngineioWebSocket> transport) {
    auto peer = std::make_unique<Peer>(shard_, list_, count_, std::move(transport));
    run();
    return peer;
  }

  net::ConnectionList list_;
  std::atomic<std::size_t> count_{0};
  net::Shard shard_{0};
  net::EngineioService service_{options()};
  SteadyTime now_ = std::chrono::steady_clock::now();
  Reports reports_;
  std::vector<std::unique_ptr<Poll>> polls_;
  std::shared_ptr<net::EngineioConnection> session_;
};

}  // namespace pulso::support
