#pragma once
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "bus/redis_client.h"
#include "bus/redis_link.h"
#include "bus/redis_options.h"
#include "ops/metrics.h"

namespace pulso::bus {

/// A command on its way, through as many sendings as redirects make of it.
struct RedisRequest {
  RedisCommand command;
  RedisHandler done;
  SteadyTime deadline{};
  unsigned sendings = 0;
  bool is_asking = false;  ///< a cluster node has said ASK
};
using RedisRequestRef = std::unique_ptr<RedisRequest>;

/// Knows which server is in charge of what, and gets commands there. One kind for a single server and for Sentinel
/// (`RedisMasterRouter`), one for Cluster. Lives on the client's thread; what other threads may call says so.
class RedisRouter {
 public:
  /// More sendings of one command mean that the servers send each other's commands in circles.
  static constexpr unsigned sendings_max = 16;
  /// Pause before a command that was not executed is tried again.
  static constexpr milliseconds retry_pause{50};

  RedisRouter(boost::asio::io_context& context, RedisOptions options, ops::Metrics& metrics);
  virtual ~RedisRouter() = default;

  virtual void start() = 0;
  /// Closes all links and fails what is on its way with `Errc::cancelled`; nothing is sent any more.
  void stop();
  virtual void dispatch(RedisRequestRef request) = 0;

  /// The master to subscribe at for a channel, as far as known.
  [[nodiscard]] virtual std::optional<RedisEndpoint> owner_of(std::string_view channel) const = 0;
  /// Any thread. See `RedisClient::node_identity`.
  [[nodiscard]] virtual std::string node_identity(std::string_view key) const = 0;
  /// Looks again who is in charge.
  virtual void refresh() = 0;
  /// A subscription at `asked` was answered by this error: a redirect is believed.
  virtual void learn(std::string_view error, const RedisEndpoint& asked) = 0;

  /// `on_change` is called after any `owner_of` may have changed. One watcher a key; an empty function ends it.
  void watch(const void* key, std::function<void()> on_change);

  /// Any thread.
  [[nodiscard]] bool is_connected() const noexcept { return is_connected_; }
  [[nodiscard]] const RedisOptions& options() const noexcept { return options_; }
  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }

 protected:
  /// Sends to this server and deals with the answer; `identity` goes in the place of the command's `node_argument`.
  void transmit(RedisLink& link, RedisRequestRef request, std::string_view identity);
  /// An error reply that may be about where the command went. Takes the request if it deals with it.
  virtual void redirect(RedisLink& link, RedisRequestRef& request, std::string_view error) = 0;
  virtual void close_links(const Error& reason) = 0;

  /// Dispatches it again after `retry_pause`, in the order of these calls, or fails it when its time is over.
  void retry_later(RedisRequestRef request);
  void set_connected(bool is_connected);
  void notify_watchers();
  [[nodiscard]] bool is_stopped() const noexcept { return is_stopped_; }

 private:
  void on_reply(const std::shared_ptr<RedisLink>& link, RedisRequestRef request, std::string_view identity,
                Result<RedisReply> reply);

  boost::asio::io_context& context_;
  RedisOptions options_;
  ops::Gauge& engine_up_;
  ops::Counter& resent_;
  std::atomic<bool> is_connected_ = false;
  bool is_stopped_ = false;
  std::map<const void*, std::function<void()>> watchers_;
  std::deque<RedisRequestRef> retries_;
  boost::asio::steady_timer retry_timer_;
};

/// `Errc::unavailable` for a command that was never sent.
void fail_unsent(RedisRequest& request, std::string_view why);

}  // namespace pulso::bus
