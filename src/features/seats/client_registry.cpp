#include "features/seats/client_registry.h"

#include "net/shard.h"

namespace pulso::seats {
namespace {

bool is_user(const Client& client) {
  return !client.principal->user.empty();
}

}  // namespace

std::size_t ClientRegistry::Hash::operator()(const Entry& entry) const noexcept {
  const std::size_t id = std::hash<std::string>{}(entry.client->client_id);
  return is_user(*entry.client) ? id : id ^ (std::hash<OwnerId>{}(entry.client->owner) * 31);
}

bool ClientRegistry::SameClaim::operator()(const Entry& left, const Entry& right) const noexcept {
  if (left.client->client_id != right.client->client_id) return false;
  if (is_user(*left.client) && is_user(*right.client)) return true;
  return left.client->owner == right.client->owner;
}

void ClientRegistry::close_replaced(const Entry& entry) {
  const auto connection = entry.connection.lock();
  if (!connection) return;
  connection->shard().post([connection] {
    connection->close(net::close_code::replaced, "a newer connection of this client has taken over");
  });
}

ClientRegistry::Claim ClientRegistry::claim(const ClientRef& client, net::WebSocketConnection& connection,
                                            std::uint64_t connection_id) {
  Entry entry{.client = client, .connection = connection.weak_from_this(), .connection_id = connection_id};
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(entry);
  if (found != entries_.end()) {
    if (found->client->owner != client->owner) return Claim::taken;
    close_replaced(*found);
    entries_.erase(found);
  }
  entries_.insert(std::move(entry));
  return Claim::granted;
}

void ClientRegistry::release(const ClientRef& client, std::uint64_t connection_id) {
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(Entry{.client = client, .connection = {}, .connection_id = 0});
  if (found != entries_.end() && found->connection_id == connection_id) entries_.erase(found);
}

void ClientRegistry::replace(const OwnerId& owner, const std::string& client_id, std::uint64_t newer_connection_id) {
  const std::lock_guard lock{mutex_};
  auto principal = std::make_shared<auth::Principal>();
  if (owner.value().starts_with("user:")) principal->user = UserId{owner.value().substr(5)};
  auto client = std::make_shared<Client>();
  client->client_id = client_id;
  client->owner = owner;
  client->principal = std::move(principal);
  const auto found = entries_.find(Entry{.client = std::move(client), .connection = {}, .connection_id = 0});
  if (found == entries_.end() || found->client->owner != owner || found->connection_id == newer_connection_id) return;
  close_replaced(*found);
  entries_.erase(found);
}

std::size_t ClientRegistry::size() const {
  const std::lock_guard lock{mutex_};
  return entries_.size();
}

}  // namespace pulso::seats
