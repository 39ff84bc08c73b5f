#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "load/audience.h"
#include "load/clock.h"
#include "load/dialect.h"
#include "load/stream.h"
#include "wire/message_reader.h"

namespace pulso::bench {

/// What a scenario wants to know of its clients. `now` is taken once per read, right after it.
class SwarmListener {
 public:
  virtual ~SwarmListener() = default;
  virtual void on_message(std::size_t client, Heard heard, std::string_view text, Clock::time_point now) = 0;
  /// The server ended the connection; `reason` is for people. The default throws: such a run is void.
  virtual void on_lost(std::size_t client, const std::string& reason);
};

struct SwarmOptions {
  /// Distinguishes the clients of several swarms: a dialect names client n of this one `first_number` + n.
  std::size_t first_number = 0;
  /// Clients between connect() and membership at any time. The default stays below Node's listen backlog of 511.
  std::size_t handshakes_max = 500;
};

/// Many WebSocket clients on one epoll instance and one thread. It connects them, some at a time, makes each a member
/// by its dialect's greeting, answers pings, and hands every complete message to the listener. Nothing happens outside
/// `run_until`, `pause` and `catch_up`, except that sending writes at once.
///
/// A failure that voids the measurement (a refused connection, a broken frame, a deadline) is a std::runtime_error.
class Swarm final : public Audience {
 public:
  /// Keeps references; all three must outlive the swarm.
  Swarm(const Target& target, const Dialect& dialect, SwarmListener& listener, SwarmOptions options = {});
  ~Swarm() override;
  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;

  /// Adds clients that will be connected; they are numbered from zero.
  void add(std::size_t count);
  std::size_t size() const override { return clients_.size(); }
  std::size_t listeners() const override { return size() - (dialect_.publisher_hears() ? 0 : 1); }
  std::size_t joined() const { return joined_; }

  /// Sends the messages of one client with a single write, masked; what the socket does not take follows later.
  void send(std::size_t client, std::span<const std::string> messages);
  void send(std::size_t client, const std::string& message) { send(client, std::span(&message, 1)); }

  /// From client 0.
  void publish(std::span<const std::string> messages) override { send(0, messages); }

  /// Says goodbye as the dialect has it and sends a close frame (RFC 6455 §5.5.1) from every member; the server's close
  /// frame ends the connection, which is then lost.
  void close_all();
  /// Resets every connection (TCP RST) and queues its client to connect again.
  void reset_all();

  void run_until(const std::function<bool()>& done, std::chrono::nanoseconds timeout, std::string_view what) override;
  /// Runs until all clients are members.
  void run_until_joined(std::chrono::nanoseconds timeout);
  void pause(std::chrono::nanoseconds duration) override;
  /// Does what is due and waits for nothing.
  void catch_up() { wait_for_events(Clock::now()); }

 private:
  enum class State { waiting, connecting, upgrading, open, lost };
  struct Client {
    State state = State::waiting;
    bool joined = false;
    bool wants_write = false;
    std::optional<Stream> stream;
    MessageReader reader;
    std::string head;     ///< of the handshake's answer, while it is incomplete
    std::string pending;  ///< bytes that the socket has not taken yet
  };

  void connect_waiting();
  void wait_for_events(Clock::time_point until);
  void on_ready(std::size_t index);
  void on_connected(std::size_t index);
  void on_readable(std::size_t index);
  void on_bytes(std::size_t index, std::string_view bytes, Clock::time_point now);
  std::string_view finish_upgrade(std::size_t index, std::string_view bytes);
  void on_frame(std::size_t index, const Message& message, Clock::time_point now);
  void mark_joined(Client& client);
  void write_frame(std::size_t index, Opcode opcode, std::string_view payload);
  void flush(std::size_t index);
  void watch(std::size_t index, bool for_write);
  void lose(std::size_t index, const std::string& reason);

  const Target& target_;
  const Dialect& dialect_;
  SwarmListener& listener_;
  SwarmOptions options_;
  int epoll_;
  std::vector<Client> clients_;
  std::deque<std::size_t> waiting_;
  std::size_t handshakes_ = 0;
  std::size_t joined_ = 0;
  std::minstd_rand mask_keys_;
  std::vector<char> read_buffer_;
};

}  // namespace pulso::bench
