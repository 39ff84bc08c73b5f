#pragma once
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/ids.h"
#include "bus/bus.h"
#include "bus/redis_client.h"
#include "features/seats/client_claims.h"

namespace pulso::seats {

/// Client ids over several instances: a user's claim is a key with a lease; an older connection of the same owner,
/// wherever it is, is told by the bus that it has been replaced.
class RedisClientClaims final : public ClientClaims {
 public:
  /// Claims of an instance that died run out after this.
  static constexpr milliseconds lease{30'000};

  RedisClientClaims(bus::RedisClient& redis, bus::Bus& bus);

  boost::asio::awaitable<Outcome<bool>> claim(ClientRef client, std::uint64_t connection_id) override;
  void release(const Client& client, std::uint64_t connection_id) override;
  [[nodiscard]] bool concerns(const Client& client, bool has_shown_session) const noexcept override;
  boost::asio::awaitable<void> renew() override;
  void on_message(std::string_view payload, ClientRegistry& registry) override;

 private:
  bus::RedisClient& redis_;
  bus::Bus& bus_;
  bus::RedisScript claim_script_;
  bus::RedisScript release_script_;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, ClientRef> claimed_;  ///< users' connections here
};

}  // namespace pulso::seats
