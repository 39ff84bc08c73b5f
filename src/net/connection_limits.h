#pragma once
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/token_bucket.h"

namespace pulso::net {

/// How many connections each address has, and how often it asks. Shared by all shards; one short lock per accept, close
/// and HTTP request, none per message.
///
/// A proxy's connections are its clients': it has as many as it needs, and each request that it forwards holds a place
/// of the client's while it is under way, as a connection of that client would.
class ConnectionLimits {
  struct Address;
  using Entry = std::pair<const std::string, Address>;
  struct Address {
    std::size_t connections = 0;
    TokenBucket requests;
    std::list<Entry*>::iterator place;  ///< in `used_` or `idle_`
  };

 public:
  /// Addresses without a connection that are remembered, so that closing one does not refill their bucket; past it the
  /// one that has been idle for longest is forgotten.
  static constexpr std::size_t idle_addresses_max = 16'384;

  enum class Peer : std::uint8_t { client, proxy };

  /// The place of an admitted connection, which it gives back when it is destroyed; or none, by default.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(Ticket&& other) noexcept
        : limits_(std::exchange(other.limits_, nullptr)), entry_(std::exchange(other.entry_, nullptr)) {}
    Ticket& operator=(Ticket other) noexcept {
      std::swap(limits_, other.limits_);
      std::swap(entry_, other.entry_);
      return *this;
    }
    ~Ticket();
    /// Counts a request; false when the address asks too often, or there is no place.
    [[nodiscard]] bool take_request(SteadyTime now) const;
    /// The peer's address as text; valid while the ticket is.
    [[nodiscard]] const std::string& address() const noexcept { return entry_->first; }

   private:
    friend class ConnectionLimits;
    Ticket(ConnectionLimits& limits, Entry& entry) noexcept : limits_(&limits), entry_(&entry) {}
    ConnectionLimits* limits_ = nullptr;
    Entry* entry_ = nullptr;
  };

  /// `connections_per_address_max` 0 means no limit.
  ConnectionLimits(std::size_t connections_per_address_max, RateLimit requests) noexcept
      : connections_max_(connections_per_address_max), requests_(requests) {}
  /// Nothing when a client has all its connections already.
  [[nodiscard]] std::optional<Ticket> admit(const std::string& address, Peer peer = Peer::client);

 private:
  void release(Entry& entry);

  const std::size_t connections_max_;
  const RateLimit requests_;
  std::mutex mutex_;
  std::unordered_map<std::string, Address> addresses_;  // under mutex_, as all below
  std::list<Entry*> used_;
  std::list<Entry*> idle_;  ///< since when: the longest first
};

}  // namespace pulso::net
