#include "app/socketio_identity.h"

#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/json/object.hpp>

#include "base/json_write.h"

namespace pulso::app {

using realtime::SocketioConnectError;
using realtime::SocketioNamespace;
using realtime::SocketioSocket;
using realtime::SocketioSocketRef;

namespace {

constexpr milliseconds watch_interval{1000};

/// What this file keeps with a socket.
struct Identity {
  auth::PrincipalRef principal;
};

/// The connection's first request, as far as credentials go.
net::HttpRequest request_of(const realtime::SocketioHandshake& handshake) {
  net::HttpRequest request;
  request.method = "GET";
  request.query = handshake.query;
  request.headers = handshake.headers;
  request.secure = handshake.secure;
  return request;
}

auth::Credential credential_of(const SocketioSocket& socket) {
  if (const auto* token = socket.auth().if_contains("token"); token && !token->is_null()) {
    // What is no text is shown too, and holds for nobody.
    return {token->is_string() ? std::string{token->get_string()} : write_json(*token)};
  }
  return auth::credential_of(request_of(socket.handshake()));
}

std::unexpected<SocketioConnectError> refuse(std::string_view code, std::string message) {
  return std::unexpected{
      SocketioConnectError{.message = std::move(message), .data = boost::json::object{{"code", code}}}};
}

}  // namespace

SocketioIdentity::SocketioIdentity(std::vector<net::Shard*> shards, auth::Authenticator& authenticator,
                                   const auth::MediaCookie& media_cookie, bool allows_anonymous)
    : authenticator_(authenticator), media_cookie_(media_cookie), allows_anonymous_(allows_anonymous) {
  for (net::Shard* shard : shards) parts_.push_back(std::make_unique<ShardPart>(*shard));
}

void SocketioIdentity::protect(SocketioNamespace& name_space) {
  name_space.use([this](SocketioSocketRef socket) { return admit(std::move(socket)); });
  name_space.on_connection([this](SocketioSocket& socket) {
    parts_[socket.shard().index()]->watched.emplace(&socket, principal_of(socket));
  });
  name_space.on_disconnect(
      [this](SocketioSocket& socket, std::string_view) { parts_[socket.shard().index()]->watched.erase(&socket); });
}

boost::asio::awaitable<std::expected<void, SocketioConnectError>> SocketioIdentity::admit(SocketioSocketRef socket) {
  auth::Credential credential = credential_of(*socket);
  auth::PrincipalRef principal;
  if (credential.empty() && allows_anonymous_) {
    principal = std::make_shared<const auth::Principal>();
  } else {
    auto found = co_await authenticator_.authenticate(std::move(credential));
    if (!found && found.error().code == make_error_code(Errc::unavailable)) {
      co_return refuse("unavailable", "The service is not available; try again.");
    }
    if (!found) co_return refuse("unauthorized", "A valid credential is needed.");
    principal = *std::move(found);
  }
  if (socket->transport_name() == "polling") {
    std::string cookie = media_cookie_.field_for(request_of(socket->handshake()), *principal);
    if (!cookie.empty()) socket->set_cookie(std::move(cookie));
  }
  socket->set_user(principal->user.value());
  socket->set_state(std::make_shared<Identity>(std::move(principal)));
  co_return std::expected<void, SocketioConnectError>{};
}

auth::PrincipalRef SocketioIdentity::principal_of(const SocketioSocket& socket) {
  return socket.state<Identity>()->principal;
}

void SocketioIdentity::start() {
  for (const auto& part : parts_) watch(*part);
}

void SocketioIdentity::stop() {
  for (const auto& part : parts_) {
    boost::asio::post(part->timer.get_executor(), [&part = *part] {
      part.is_stopped = true;
      part.timer.cancel();
    });
  }
}

void SocketioIdentity::watch(ShardPart& part) {
  part.timer.expires_after(watch_interval);
  part.timer.async_wait([this, &part](const boost::system::error_code& error) {
    if (error || part.is_stopped) return;
    std::vector<SocketioSocketRef> ended;
    for (const auto& [socket, principal] : part.watched) {
      if (!principal->is_anonymous() && !authenticator_.still_holds(*principal)) {
        ended.push_back(socket->shared_from_this());
      }
    }
    for (const SocketioSocketRef& socket : ended) socket->disconnect();  // takes them out of the list
    watch(part);
  });
}

}  // namespace pulso::app
