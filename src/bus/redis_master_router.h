#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "bus/redis_router.h"
#include "bus/redis_sentinels.h"

namespace pulso::bus {

/// One master for everything: the server of the URL, or the one that sentinels name.
class RedisMasterRouter final : public RedisRouter {
 public:
  RedisMasterRouter(boost::asio::io_context& context, RedisOptions options, ops::Metrics& metrics);

  void start() override;
  void dispatch(RedisRequestRef request) override;
  [[nodiscard]] std::optional<RedisEndpoint> owner_of(std::string_view channel) const override;
  [[nodiscard]] std::string node_identity(std::string_view key) const override;
  void refresh() override;
  void learn(std::string_view error, const RedisEndpoint& asked) override;

 private:
  void redirect(RedisLink& link, RedisRequestRef& request, std::string_view error) override;
  void close_links(const Error& reason) override;
  void adopt(const RedisEndpoint& master);

  std::unique_ptr<RedisSentinels> sentinels_;  // null for a single server
  std::shared_ptr<RedisLink> link_;            // null until the master is known
  mutable std::mutex mutex_;
  std::string identity_;  // under mutex_: read by any thread
};

}  // namespace pulso::bus
