#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "load/clock.h"
#include "load/stream.h"
#include "wire/response_reader.h"

namespace pulso::bench {

/// What is made of the answers. A listener sends a client's next request from `on_connected` or `on_answer`, or later.
class HttpClientsListener {
 public:
  virtual ~HttpClientsListener() = default;
  virtual void on_connected(std::size_t client) = 0;
  /// A piece of the body; not called for what is dropped.
  virtual void on_body(std::size_t client, const ResponseReader& answer, std::string_view piece) = 0;
  /// The answer is complete.
  virtual void on_answer(std::size_t client, const ResponseReader& answer, Clock::time_point now) = 0;
};

/// Many persistent HTTP/1.1 connections on one epoll instance and one thread, with at most one request open on each.
/// A lost connection or a malformed answer is a std::runtime_error: such a run is void.
class HttpClients {
 public:
  /// Keeps references; both must outlive it. TLS is not for those who drop bodies.
  HttpClients(const Target& target, HttpClientsListener& listener);
  ~HttpClients();
  HttpClients(const HttpClients&) = delete;
  HttpClients& operator=(const HttpClients&) = delete;

  /// Adds clients that will be connected; they are numbered from zero.
  void add(std::size_t count);
  std::size_t size() const { return clients_.size(); }

  /// `bytes` is a whole request with its body.
  void request(std::size_t client, std::string_view bytes);
  /// From now on the kernel discards bodies unseen: the generator pays for no copy.
  void drop_bodies() { drops_bodies_ = true; }

  void run_until(const std::function<bool()>& done, std::chrono::nanoseconds timeout, std::string_view what);
  void pause(std::chrono::nanoseconds duration);

 private:
  struct Client {
    std::optional<Stream> stream;
    ResponseReader reader;
    std::string pending;  ///< bytes that the socket has not taken yet
    bool is_connected = false;
    bool has_answer = false;
    bool wants_write = true;
  };

  void connect_waiting();
  void wait_for_events(Clock::time_point until);
  void on_ready(std::size_t index);
  void read(std::size_t index);
  void flush(std::size_t index);
  [[noreturn]] static void fail(std::size_t index, std::string_view reason);

  const Target& target_;
  HttpClientsListener& listener_;
  int epoll_;
  std::vector<Client> clients_;
  std::deque<std::size_t> waiting_;
  std::size_t starting_ = 0;  ///< connected or connecting, and still without an answer
  bool drops_bodies_ = false;
  std::vector<char> read_buffer_;
};

}  // namespace pulso::bench
