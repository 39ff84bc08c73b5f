#pragma once
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "bus/redis_options.h"
#include "bus/redis_pipeline.h"

namespace pulso::bus {

/// What a connection says before the first command.
struct RedisLogin {
  std::string user;
  std::string password;
  int database = 0;
  bool must_be_master = false;  ///< asks ROLE, and closes when a replica answers
  milliseconds timeout{2000};   ///< for name look-up, TCP and log-in together
};

/// One TCP connection to one server from connect to close; never used again after. Lives on its context's thread; who
/// started it calls `close` before letting go.
///
/// Commands may be handed over from the start and are written after the log-in, all of one loop turn in one write. A
/// server that is silent is asked PING after 1 s, and the connection closed after 3 s: a dead one is found within 5 s.
class RedisConnection : public std::enable_shared_from_this<RedisConnection> {
 public:
  static constexpr milliseconds ping_after{1000};
  static constexpr milliseconds silence_max{3000};

  struct Events {
    std::function<void()> on_ready;               ///< logged in
    std::function<void(RedisReply)> on_push;      ///< answers no command: pub/sub
    std::function<void(const Error&)> on_closed;  ///< once, after all waiting commands have failed
  };

  RedisConnection(boost::asio::io_context& context, RedisEndpoint endpoint, RedisLogin login, Events events);
  void start();

  /// See `RedisPipeline::push`.
  void send(std::string_view wire, SteadyTime deadline, RedisHandler done);
  /// See `RedisPipeline::push_unanswered`. A connection that is used so is used for nothing else.
  void send_unanswered(std::string_view wire);
  void close(const Error& reason);
  [[nodiscard]] bool is_ready() const noexcept { return state_ == State::ready; }

 private:
  enum class State : std::uint8_t { connecting, ready, closed };

  boost::asio::awaitable<void> run();
  boost::asio::awaitable<Result<void>> connect();
  void log_in();
  void require(std::span<const std::string_view> command, std::function<bool(const RedisReply&)> accepts);
  void schedule_flush();
  void flush();
  void write(std::string bytes);
  void schedule_timer();
  void on_timer();
  [[nodiscard]] SteadyTime next_check() const noexcept;

  boost::asio::io_context& context_;
  RedisEndpoint endpoint_;
  RedisLogin login_;
  Events events_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  SteadyTime timer_due_ = SteadyTime::max();
  SteadyTime connect_deadline_{};
  SteadyTime last_received_{};
  bool has_pinged_ = false;
  bool is_subscriber_ = false;
  bool is_writing_ = false;
  bool is_flush_scheduled_ = false;
  State state_ = State::connecting;
  RedisPipeline pipeline_;
  std::string log_in_bytes_;
  std::string writing_;
  std::array<char, 16 * 1024> buffer_;
};

}  // namespace pulso::bus
