#include "features/seats/redis_client_claims.h"

#include <charconv>
#include <utility>
#include <vector>

#include "features/seats/redis_scripts.h"
#include "features/seats/seats_channels.h"

namespace pulso::seats {

using boost::asio::awaitable;

namespace {

bool is_user(const Client& client) {
  return !client.principal->user.empty();
}

std::string key_of(const Client& client) {
  return "pulso:client:{" + client.client_id + "}";
}

}  // namespace

RedisClientClaims::RedisClientClaims(bus::RedisClient& redis, bus::Bus& bus)
    : redis_(redis),
      bus_(bus),
      claim_script_(std::string{redis_script_text("claim_client")}),
      release_script_(std::string{redis_script_text("release_client")}) {}

bool RedisClientClaims::concerns(const Client& client, bool has_shown_session) const noexcept {
  // A secret that was made just now is known to nobody else.
  return is_user(client) || has_shown_session;
}

awaitable<Outcome<bool>> RedisClientClaims::claim(ClientRef client, std::uint64_t connection_id) {
  const std::string connection = std::to_string(connection_id);
  if (is_user(*client)) {
    {
      const std::lock_guard lock{mutex_};
      claimed_[connection_id] = client;
    }
    auto reply = co_await redis_.eval(claim_script_, {key_of(*client)},
                                      {client->owner.value(), connection, std::to_string(lease.count())});
    // With Redis away nobody can select either; the claim is made when leases are renewed.
    if (!reply || reply->is_error()) co_return refuse(SeatsErrc::unavailable);
    if (reply->integer() == 0) {
      const std::lock_guard lock{mutex_};
      claimed_.erase(connection_id);
      co_return false;
    }
  }
  bus_.publish(std::string{clients_channel}, connection + ' ' + client->client_id + ' ' + client->owner.value());
  co_return true;
}

void RedisClientClaims::release(const Client& client, std::uint64_t connection_id) {
  {
    const std::lock_guard lock{mutex_};
    if (claimed_.erase(connection_id) == 0) return;
  }
  redis_.send(
      bus::script_command(release_script_, {key_of(client)}, {client.owner.value(), std::to_string(connection_id)}),
      [](Result<bus::RedisReply>) {});  // one that is lost runs out with its lease
}

awaitable<void> RedisClientClaims::renew() {
  std::vector<std::pair<std::uint64_t, ClientRef>> claimed;
  {
    const std::lock_guard lock{mutex_};
    claimed.assign(claimed_.begin(), claimed_.end());
  }
  for (const auto& [connection_id, client] : claimed) {
    static_cast<void>(
        co_await redis_.eval(claim_script_, {key_of(*client)},
                             {client->owner.value(), std::to_string(connection_id), std::to_string(lease.count())}));
  }
}

void RedisClientClaims::on_message(std::string_view payload, ClientRegistry& registry) {
  // `<connection> <client id> <owner>`: a client id has no spaces, a user's id may have.
  const std::size_t first = payload.find(' ');
  if (first == std::string_view::npos) return;
  const std::size_t second = payload.find(' ', first + 1);
  if (second == std::string_view::npos) return;
  std::uint64_t connection_id = 0;
  const std::string_view digits = payload.substr(0, first);
  std::from_chars(digits.data(), digits.data() + digits.size(), connection_id);
  registry.replace(OwnerId{std::string{payload.substr(second + 1)}},
                   std::string{payload.substr(first + 1, second - first - 1)}, connection_id);
}

}  // namespace pulso::seats
