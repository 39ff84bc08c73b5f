#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "bus/bus.h"
#include "bus/redis_link.h"
#include "bus/redis_router.h"
#include "ops/metrics.h"

namespace pulso::bus {

/// Keeps every wanted channel subscribed at the server that owns it, on connections of its own, whatever happens to
/// servers and slots. Lives on the client's thread. As many channels as are wanted: the caller bounds them.
class RedisSubscriptions : public std::enable_shared_from_this<RedisSubscriptions> {
 public:
  /// A subscription that the server has not confirmed by then is asked for again.
  static constexpr milliseconds confirmation_timeout{1000};
  static constexpr milliseconds check_interval{250};  ///< while any is not confirmed

  RedisSubscriptions(RedisRouter& router, ops::Metrics& metrics);
  void start();
  /// Ends all; the listener is called no more.
  void close();

  void listen(Bus::Listener listener) { listener_ = std::move(listener); }
  void add(std::string channel);
  void remove(const std::string& channel);
  /// Any thread. Whether every connection that is needed stands.
  [[nodiscard]] bool is_connected() const noexcept { return is_connected_; }

 private:
  struct Channel {
    std::optional<RedisEndpoint> server;  // where it belongs, as far as known
    SteadyTime asked_at{};
    bool is_confirmed = false;
  };

  void place(const std::string& name, Channel& channel);
  void place_all();
  void ask(RedisLink& link, const std::string& name, Channel& channel);
  void drop_unused_links();
  RedisLink& link_to(const RedisEndpoint& server);
  void on_up(const RedisEndpoint& server);
  void on_down(const RedisEndpoint& server);
  void on_push(const RedisEndpoint& server, const RedisReply& push);
  void schedule_check();
  void check();
  void update_connected();

  RedisRouter& router_;
  bool is_sharded_;
  ops::Counter& received_;
  ops::Gauge& up_;
  Bus::Listener listener_;
  std::unordered_map<std::string, Channel> channels_;
  std::map<RedisEndpoint, std::shared_ptr<RedisLink>> links_;
  boost::asio::steady_timer check_timer_;
  bool is_check_scheduled_ = false;
  bool is_closed_ = false;
  std::atomic<bool> is_connected_ = true;
};

}  // namespace pulso::bus
