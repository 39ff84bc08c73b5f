#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "auth/authenticator.h"
#include "features/seats/client_claims.h"
#include "features/seats/client_registry.h"
#include "features/seats/seats_service.h"
#include "net/shard.h"
#include "realtime/hub.h"

namespace pulso::seats {

class SeatsSocket;

/// The connections of one shard, looked after once a second: credentials that ended, tokens that never came, answers
/// that are late. Touched by its thread only.
class SocketList {
 public:
  void add(SeatsSocket& socket) noexcept;
  void remove(SeatsSocket& socket) noexcept;
  /// Looks after each.
  void tick();

 private:
  SeatsSocket* first_ = nullptr;
};

/// What every connection refers to; outlives them.
struct SocketContext {
  SeatsService& service;
  realtime::Hub& hub;
  auth::Authenticator& authenticator;
  ClientRegistry& registry;
  ClientClaims& claims;
  std::vector<SocketList> sockets;  ///< by shard
};

}  // namespace pulso::seats
