#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>

#include "features/seats/client.h"
#include "net/websocket_connection.h"

namespace pulso::seats {

/// Which connection here speaks for a client id: the newest of its owner. A user's id is its own alone; anonymous
/// clients may share one, each with its session. Thread-safe.
class ClientRegistry {
 public:
  enum class Claim : std::uint8_t {
    granted,  ///< an older connection of the same owner, if there was one, is being closed with 4410
    taken,    ///< another user has the id
  };

  [[nodiscard]] Claim claim(const ClientRef& client, net::WebSocketConnection& connection, std::uint64_t connection_id);
  void release(const ClientRef& client, std::uint64_t connection_id);
  /// A newer connection of the owner has been opened on another instance.
  void replace(const OwnerId& owner, const std::string& client_id, std::uint64_t newer_connection_id);

  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    ClientRef client;
    std::weak_ptr<net::WebSocketConnection> connection;
    std::uint64_t connection_id = 0;
  };
  struct Hash {
    std::size_t operator()(const Entry& entry) const noexcept;
  };
  struct SameClaim {
    bool operator()(const Entry& left, const Entry& right) const noexcept;
  };
  static void close_replaced(const Entry& entry);

  mutable std::mutex mutex_;
  std::unordered_set<Entry, Hash, SameClaim> entries_;
};

}  // namespace pulso::seats
