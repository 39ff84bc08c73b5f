#pragma once
#include <functional>
#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "auth/principal.h"
#include "features/tracks/connected_users.h"
#include "features/tracks/device_session.h"
#include "features/tracks/playback_messages.h"
#include "features/tracks/playback_service.h"
#include "realtime/socketio.h"

namespace pulso::tracks {

/// The Socket.IO side: connections become devices of their user, events become use cases. Who connects without being a
/// user may stay, as others have business in the same namespace, but gets `unauthorized` for everything here.
class PlaybackSocket {
 public:
  /// Who is at the other end of a connection; never null.
  using PrincipalOf = std::function<auth::PrincipalRef(const realtime::SocketioSocket&)>;

  /// All outlive it.
  struct Dependencies {
    PlaybackService& service;
    const TrackCatalogue& catalogue;
    ConnectedUsers& users;
    const Clock& clock;
    PrincipalOf principal_of;
  };
  explicit PlaybackSocket(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  void register_handlers(realtime::SocketioNamespace& name_space);

 private:
  /// One event of a device.
  struct Message {
    std::shared_ptr<realtime::SocketioSocket> socket;
    std::shared_ptr<DeviceSession> session;
    boost::json::object body;
    Caller caller;
    bool is_acknowledged = false;
  };
  /// What the acknowledgement says, beside `success`.
  using Reply = boost::asio::awaitable<Outcome<boost::json::object>>;
  using Handler = Reply (PlaybackSocket::*)(Message message);

  Reply play(Message message);
  Reply pause(Message message);
  Reply report(Message message);
  Reply get_state(Message message);
  Reply seek(Message message);
  Reply next(Message message);
  Reply previous(Message message);
  Reply set_queue(Message message);
  Reply add_to_queue(Message message);
  Reply set_volume(Message message);
  Reply list_devices(Message message);
  Reply register_device(Message message);
  Reply transfer(Message message);

  void on_connection(realtime::SocketioSocket& socket);
  void on_disconnect(realtime::SocketioSocket& socket);
  void add(realtime::SocketioNamespace& name_space, std::string event, Handler handler, bool is_report = false);
  void accept(realtime::SocketioSocket& socket, realtime::SocketioArguments arguments, realtime::SocketioAck ack,
              Handler handler, bool is_report);
  void sync_clock(realtime::SocketioSocket& socket, realtime::SocketioAck ack);
  Reply skip(Message message, bool forward);
  boost::asio::awaitable<void> handle(Message message, Handler handler, realtime::SocketioAck ack);
  void refuse(realtime::SocketioSocket& socket, realtime::SocketioAck& ack, const Refusal& refusal);
  [[nodiscard]] Outcome<boost::json::object> reply(const Message& message, const Outcome<Snapshot>& answer) const;
  [[nodiscard]] std::string url_of(const UserId& user, const Playback& state) const;

  Dependencies dependencies_;
};

}  // namespace pulso::tracks
