#include "net/connection_limits.h"

namespace pulso::net {

std::optional<ConnectionLimits::Ticket> ConnectionLimits::admit(const std::string& address, Peer peer) {
  const std::lock_guard lock{mutex_};
  const auto [found, is_new] = addresses_.try_emplace(address);
  Address& known = found->second;
  if (peer == Peer::client && connections_max_ > 0 && known.connections >= connections_max_) return std::nullopt;
  if (is_new) {
    known.place = used_.insert(used_.end(), &*found);
  } else if (known.connections == 0) {
    used_.splice(used_.end(), idle_, known.place);
  }
  ++known.connections;
  return Ticket{*this, *found};
}

void ConnectionLimits::release(Entry& entry) {
  const std::lock_guard lock{mutex_};
  if (--entry.second.connections > 0) return;
  idle_.splice(idle_.end(), used_, entry.second.place);
  if (idle_.size() <= idle_addresses_max) return;
  const std::string forgotten = idle_.front()->first;
  idle_.pop_front();
  addresses_.erase(forgotten);
}

ConnectionLimits::Ticket::~Ticket() {
  if (limits_) limits_->release(*entry_);
}

bool ConnectionLimits::Ticket::take_request(SteadyTime now) const {
  if (!limits_) return false;
  if (limits_->requests_.per_second <= 0) return true;
  const std::lock_guard lock{limits_->mutex_};
  return entry_->second.requests.take(limits_->requests_, now);
}

}  // namespace pulso::net
