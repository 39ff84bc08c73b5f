#pragma once
#include <expected>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "auth/authenticator.h"
#include "features/tracks/connected_users.h"
#include "features/tracks/playback_messages.h"
#include "features/tracks/playback_service.h"
#include "net/http_router.h"

namespace pulso::tracks {

/// The HTTP side of playback: the same commands as over Socket.IO, with the same effects and events.
class PlaybackHttp {
 public:
  /// All outlive it.
  struct Dependencies {
    PlaybackService& service;
    const TrackCatalogue& catalogue;
    ConnectedUsers& users;
    const Clock& clock;
    auth::Authenticator& authenticator;
  };
  explicit PlaybackHttp(Dependencies dependencies) : dependencies_(dependencies) {}

  void add_routes(net::Router& router);

 private:
  using Request = net::HttpRequest;
  using Response = net::HttpResponse;
  using Handler = boost::asio::awaitable<Response> (PlaybackHttp::*)(Request&);

  boost::asio::awaitable<Response> play(Request& request);
  boost::asio::awaitable<Response> pause(Request& request);
  boost::asio::awaitable<Response> update(Request& request);
  boost::asio::awaitable<Response> get_state(Request& request);

  /// A request of a user within its allowance, understood as far as all commands are alike.
  struct Command {
    Caller caller;
    TrackId track;
    boost::json::object body;
  };
  [[nodiscard]] boost::asio::awaitable<Outcome<UserId>> authenticate(Request& request);
  [[nodiscard]] boost::asio::awaitable<Outcome<Command>> read(Request& request);
  [[nodiscard]] Response answer(const Caller& caller, const Outcome<Snapshot>& outcome) const;
  [[nodiscard]] Response refusal(const Refusal& refusal) const;

  Dependencies dependencies_;
};

}  // namespace pulso::tracks
