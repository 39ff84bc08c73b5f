#include "net/connection_limits.h"

namespace pulso::net {

std::optional<ConnectionLimits::Ticket> ConnectionLimits::admit(const std::string& address) {
  const std::lock_guard lock{mutex_};
  Entry& entry = *addresses_.try_emplace(address).first;
  if (connections_max_ > 0 && entry.second.connections >= connections_max_) return std::nullopt;
  ++entry.second.connections;
  return Ticket{*this, entry};
}

ConnectionLimits::Ticket::~Ticket() {
  if (!limits_) return;
  const std::lock_guard lock{limits_->mutex_};
  // The address stays known for a while: closing a connection must not refill its bucket.
  if (--entry_->second.connections == 0 && limits_->addresses_.size() > idle_addresses_max) {
    limits_->addresses_.erase(std::string{entry_->first});
  }
}

bool ConnectionLimits::Ticket::take_request(SteadyTime now) const {
  if (limits_->requests_.per_second <= 0) return true;
  const std::lock_guard lock{limits_->mutex_};
  return entry_->second.requests.take(limits_->requests_, now);
}

}  // namespace pulso::net
