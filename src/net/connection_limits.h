#pragma once
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/token_bucket.h"

namespace pulso::net {

/// How many connections each address has, and how often it asks. Shared by all shards; one short lock per accept, close
/// and HTTP request, none per message.
class ConnectionLimits {
  struct Address {
    std::size_t connections = 0;
    TokenBucket requests;
  };
  using Entry = std::pair<const std::string, Address>;

 public:
  /// One admitted connection; gives its place back when it is destroyed.
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
    /// Counts a request; false when the address asks too often.
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
  /// Nothing when the address has all its connections already.
  [[nodiscard]] std::optional<Ticket> admit(const std::string& address);

 private:
  static constexpr std::size_t idle_addresses_max = 16'384;

  const std::size_t connections_max_;
  const RateLimit requests_;
  std::mutex mutex_;
  std::unordered_map<std::string, Address> addresses_;
};

}  // namespace pulso::net
