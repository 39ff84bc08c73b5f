#include "bus/redis_bus.h"

#include <future>
#include <string>
#include <utility>

#include <boost/asio/post.hpp>

#include "bus/redis_subscriptions.h"

namespace pulso::bus {
namespace {

/// Takes calls from any thread to the client's thread, in their order.
class RedisBus final : public Bus {
 public:
  RedisBus(RedisClient& client, ops::Metrics& metrics)
      : client_(client),
        sent_(metrics.counter("pulso_bus_messages_total", "Messages between instances.", {{"direction", "out"}})),
        lost_(metrics.counter("pulso_bus_lost_total", "Messages that Redis was not there to take.")),
        subscriptions_(std::make_shared<RedisSubscriptions>(client.router(), metrics)) {
    post([](RedisSubscriptions& subscriptions) { subscriptions.start(); });
  }

  /// Waits for the client's thread, so not from there.
  ~RedisBus() override {
    std::promise<void> closed;
    post([&closed](RedisSubscriptions& subscriptions) {
      subscriptions.close();
      closed.set_value();
    });
    closed.get_future().wait();
  }

  void listen(Listener listener) override {
    post([listener = std::move(listener)](RedisSubscriptions& subscriptions) mutable {
      subscriptions.listen(std::move(listener));
    });
  }

  void subscribe(std::string channel) override {
    post([channel = std::move(channel)](RedisSubscriptions& subscriptions) mutable {
      subscriptions.add(std::move(channel));
    });
  }

  void unsubscribe(std::string channel) override {
    post([channel = std::move(channel)](RedisSubscriptions& subscriptions) { subscriptions.remove(channel); });
  }

  void publish(std::string channel, std::string payload) override {
    RedisCommand command;
    command.key = channel;
    command.arguments = {std::string{client_.publish_command()}, std::move(channel), std::move(payload)};
    client_.send(std::move(command), [&sent = sent_, &lost = lost_](const Result<RedisReply>& reply) {
      (reply && !reply->is_error() ? sent : lost).add();
    });
  }

  [[nodiscard]] bool is_connected() const noexcept override {
    return client_.is_connected() && subscriptions_->is_connected();
  }

 private:
  template <class F>
  void post(F action) {
    boost::asio::post(client_.router().context(), [subscriptions = subscriptions_,
                                                   action = std::move(action)]() mutable { action(*subscriptions); });
  }

  RedisClient& client_;
  ops::Counter& sent_;
  ops::Counter& lost_;
  std::shared_ptr<RedisSubscriptions> subscriptions_;
};

}  // namespace

std::unique_ptr<Bus> create_redis_bus(RedisClient& client, ops::Metrics& metrics) {
  return std::make_unique<RedisBus>(client, metrics);
}

}  // namespace pulso::bus
