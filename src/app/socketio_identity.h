#pragma once
#include <memory>
#include <unordered_map>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "auth/authenticator.h"
#include "auth/media_cookie.h"
#include "auth/principal.h"
#include "net/shard.h"
#include "realtime/socketio.h"

namespace pulso::app {

/// Who is at the other end of the connections of a Socket.IO namespace: asked once when they connect, of the token in
/// `auth.token` or of what their first HTTP request carried, and watched from then on. A connection whose credential
/// ends, or is revoked, is disconnected within a second or two. Who connects over polling gets
/// the media cookie with the answer.
class SocketioIdentity {
 public:
  /// With `allows_anonymous`, who shows nothing is let in as nobody; what is shown and does not hold never is.
  SocketioIdentity(std::vector<net::Shard*> shards, auth::Authenticator& authenticator,
                   const auth::MediaCookie& media_cookie, bool allows_anonymous);

  /// Before the server starts. Sockets that recover their state must be asked too.
  void protect(realtime::SocketioNamespace& name_space);
  void start();
  /// While the shards still run.
  void stop();

  /// Of a connection that was let in; never null.
  [[nodiscard]] static auth::PrincipalRef principal_of(const realtime::SocketioSocket& socket);

 private:
  /// The connections of one shard; touched by its thread only.
  struct ShardPart {
    explicit ShardPart(net::Shard& shard) : timer(shard.context()) {}
    boost::asio::steady_timer timer;
    std::unordered_map<realtime::SocketioSocket*, auth::PrincipalRef> watched;
    bool is_stopped = false;
  };

  [[nodiscard]] boost::asio::awaitable<std::expected<void, realtime::SocketioConnectError>> admit(
      realtime::SocketioSocketRef socket);
  void watch(ShardPart& part);

  auth::Authenticator& authenticator_;
  const auth::MediaCookie& media_cookie_;
  bool allows_anonymous_;
  std::vector<std::unique_ptr<ShardPart>> parts_;
};

}  // namespace pulso::app
