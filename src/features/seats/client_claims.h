#pragma once
#include <cstdint>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "features/seats/client.h"
#include "features/seats/client_registry.h"
#include "features/seats/seats_errors.h"

namespace pulso::seats {

/// The part of a client id's ownership that other instances have to know of.
class ClientClaims {
 public:
  virtual ~ClientClaims() = default;
  /// Takes a user's client id for as long as `release` is not called, and tells other instances to close an older
  /// connection of the same owner. False when another user has the id.
  [[nodiscard]] virtual boost::asio::awaitable<Outcome<bool>> claim(ClientRef client, std::uint64_t connection_id) = 0;
  virtual void release(const Client& client, std::uint64_t connection_id) = 0;
  /// Keeps what is claimed from running out.
  [[nodiscard]] virtual boost::asio::awaitable<void> renew() = 0;
  /// From the bus: a connection elsewhere takes over from those in `registry`.
  virtual void on_message(std::string_view payload, ClientRegistry& registry) = 0;
  /// Whether `claim` has anything to ask for this client; where not, its connection starts without waiting.
  [[nodiscard]] virtual bool concerns(const Client& client, bool has_shown_session) const noexcept = 0;
};

/// One instance alone: everything is in `ClientRegistry`.
class LocalClientClaims final : public ClientClaims {
 public:
  boost::asio::awaitable<Outcome<bool>> claim(ClientRef, std::uint64_t) override { co_return true; }
  void release(const Client&, std::uint64_t) override {}
  boost::asio::awaitable<void> renew() override { co_return; }
  void on_message(std::string_view, ClientRegistry&) override {}
  bool concerns(const Client&, bool) const noexcept override { return false; }
};

}  // namespace pulso::seats
