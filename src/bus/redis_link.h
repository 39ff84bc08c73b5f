#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "bus/redis_connection.h"
#include "bus/redis_options.h"

namespace pulso::bus {

/// A connection to one endpoint that comes back: at once when it is lost, then after jittered pauses that double from
/// 100 ms to 2 s. What it had in flight has failed by then. Lives on its context's thread; its owner calls `close`
/// before letting go. Callbacks may come from within `send`'s handlers, never from within `close`.
class RedisLink : public std::enable_shared_from_this<RedisLink> {
 public:
  static constexpr milliseconds pause_min{100};
  static constexpr milliseconds pause_max{2000};
  /// A connection that is lost sooner counts as failed, so that a server which hangs up does not make it spin.
  static constexpr milliseconds good_life{1000};

  struct Events {
    std::function<void()> on_up = [] {};
    std::function<void()> on_down = [] {};  ///< lost, or one more try has failed
    std::function<void(RedisReply)> on_push = [](const RedisReply&) {};
  };

  RedisLink(boost::asio::io_context& context, RedisEndpoint endpoint, RedisLogin login, Events events);
  void start();
  /// Fails what is in flight with `reason`; no callback of this link comes any more.
  void close(const Error& reason);

  /// While the link is connecting for the first time after it was up (or new), commands wait for it; while it is away
  /// they fail at once with `Errc::unavailable`.
  void send(std::string_view wire, SteadyTime deadline, RedisHandler done);
  /// For subscriptions: dropped while the link is not up.
  void send_unanswered(std::string_view wire);

  [[nodiscard]] const RedisEndpoint& endpoint() const noexcept { return endpoint_; }
  [[nodiscard]] bool is_up() const noexcept { return connection_ && connection_->is_ready(); }
  /// Digests of the scripts that were sent in full on this connection.
  [[nodiscard]] std::unordered_set<std::string>& scripts() noexcept { return scripts_; }

 private:
  void connect();
  void on_closed(const Error& reason);

  boost::asio::io_context& context_;
  RedisEndpoint endpoint_;
  RedisLogin login_;
  Events events_;
  boost::asio::steady_timer pause_;
  std::shared_ptr<RedisConnection> connection_;  // null during a pause
  std::unordered_set<std::string> scripts_;
  SteadyTime up_since_{};
  unsigned failures_ = 0;
  bool is_closed_ = false;
};

/// The login of `options` for its Redis servers.
[[nodiscard]] RedisLogin login_for(const RedisOptions& options);

}  // namespace pulso::bus
