#pragma once
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "bus/redis_client.h"
#include "ops/metrics.h"
#include "support/redis_server.h"

namespace pulso::bus {

/// A client that tests call without coroutines.
class RedisCaller {
 public:
  using Url = std::string;
  enum class Start : std::uint8_t { connected, unconnected };

  explicit RedisCaller(const Url& url, Start start = Start::connected)
      : client_(create_redis_client(*parse_redis_url(url), metrics_)) {
    if (start == Start::connected) support::eventually([this] { return client_->is_connected(); });
  }

  std::future<Result<RedisReply>> begin_command(RedisCommand command) {
    auto promise = std::make_shared<std::promise<Result<RedisReply>>>();
    client_->send(std::move(command), [promise](Result<RedisReply> reply) { promise->set_value(std::move(reply)); });
    return promise->get_future();
  }
  /// The second argument is the key, if there is one.
  std::future<Result<RedisReply>> begin(std::vector<std::string> arguments) {
    RedisCommand command;
    if (arguments.size() > 1) command.key = arguments[1];
    command.arguments = std::move(arguments);
    return begin_command(std::move(command));
  }
  Result<RedisReply> call_command(RedisCommand command) { return begin_command(std::move(command)).get(); }
  Result<RedisReply> call(std::vector<std::string> arguments) { return begin(std::move(arguments)).get(); }

  RedisClient& client() { return *client_; }
  ops::Metrics& metrics() { return metrics_; }

 private:
  ops::Metrics metrics_;
  std::unique_ptr<RedisClient> client_;
};

}  // namespace pulso::bus
