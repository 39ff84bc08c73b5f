#include "features/tracks/playback_socket.h"

#include <expected>
#include <optional>
#include <utility>

#include "features/tracks/playback_publisher.h"

namespace pulso::tracks {

using realtime::SocketioAck;
using realtime::SocketioArguments;
using realtime::SocketioNamespace;
using realtime::SocketioSocket;
using Reply = boost::asio::awaitable<Outcome<boost::json::object>>;

namespace {

SocketioArguments arguments_of(boost::json::object object) {
  return {.values = {std::move(object)}, .attachments = {}};
}

/// Says to one client how things are now. Whoever loses its connection meanwhile is told anew rather than this again.
void answer_state(SocketioSocket& socket, std::string_view event, boost::json::object state) {
  socket.name_space().publish({.rooms = {socket.id()}, .except = {}, .names_sockets = true, .is_state = true}, event,
                              arguments_of(std::move(state)));
}

/// What a client calls itself in the `auth` of its connection, or nothing.
std::string name_in(const boost::json::object& auth) {
  const boost::json::value* name = auth.if_contains("deviceName");
  if (!name) return {};
  const boost::json::object object{{"name", *name}};
  Fields fields{object};
  std::string text = fields.name();
  return fields.refusal() ? std::string{} : text;
}

}  // namespace

void PlaybackSocket::register_handlers(SocketioNamespace& name_space) {
  name_space.use([this](realtime::SocketioSocketRef socket)
                     -> boost::asio::awaitable<std::expected<void, realtime::SocketioConnectError>> {
    const auth::PrincipalRef principal = dependencies_.principal_of(*socket);
    if (!principal->user.empty()) socket->join(room_of(principal->user));
    co_return std::expected<void, realtime::SocketioConnectError>{};
  });
  name_space.on_connection([this](SocketioSocket& socket) { on_connection(socket); });
  name_space.on_disconnect([this](SocketioSocket& socket, std::string_view) { on_disconnect(socket); });
  name_space.on_excess(
      [this](SocketioSocket& socket, SocketioAck ack) { refuse(socket, ack, {TracksErrc::rate_limited, {}}); });
  add(name_space, "playTrack", &PlaybackSocket::play);
  add(name_space, "pauseTrack", &PlaybackSocket::pause);
  add(name_space, "updateStreaming", &PlaybackSocket::report, true);
  add(name_space, "getCurrentState", &PlaybackSocket::get_state);
  add(name_space, "seekTrack", &PlaybackSocket::seek);
  add(name_space, "nextTrack", &PlaybackSocket::next);
  add(name_space, "previousTrack", &PlaybackSocket::previous);
  add(name_space, "setQueue", &PlaybackSocket::set_queue);
  add(name_space, "addToQueue", &PlaybackSocket::add_to_queue);
  add(name_space, "setVolume", &PlaybackSocket::set_volume);
  add(name_space, "listDevices", &PlaybackSocket::list_devices);
  add(name_space, "registerDevice", &PlaybackSocket::register_device);
  add(name_space, "transferPlayback", &PlaybackSocket::transfer);
  name_space.on("syncClock", [this](SocketioSocket& socket, const SocketioArguments&, SocketioAck ack) {
    sync_clock(socket, std::move(ack));
  });
}

void PlaybackSocket::add(SocketioNamespace& name_space, std::string event, Handler handler, bool is_report) {
  name_space.on(std::move(event),
                [this, handler, is_report](SocketioSocket& socket, SocketioArguments arguments, SocketioAck ack) {
                  accept(socket, std::move(arguments), std::move(ack), handler, is_report);
                });
}

void PlaybackSocket::on_connection(SocketioSocket& socket) {
  const auth::PrincipalRef principal = dependencies_.principal_of(socket);
  if (principal->user.empty()) return;
  auto session =
      std::make_shared<DeviceSession>(socket.shard().context().get_executor(), principal->user, DeviceId{socket.id()});
  session->view()->joined_at = dependencies_.service.now();
  socket.set_state(session);
  dependencies_.users.add(session->user(), session->device());
  dependencies_.service.metrics().connections.add(1);
  dependencies_.service.metrics().joins.add();
  session->enqueue_last([this, session, name = name_in(socket.auth()),
                         has_missed = socket.has_missed_states()]() -> boost::asio::awaitable<void> {
    const Caller caller{.user = session->user(), .device = session->device(), .request_id = {}};
    // Where it fails, the device takes part without standing in the list, until its lease is renewed.
    static_cast<void>(co_await dependencies_.service.join(caller, session->connection(), name));
    if (has_missed) static_cast<void>(co_await dependencies_.service.tell_returned(caller));
  });
}

void PlaybackSocket::on_disconnect(SocketioSocket& socket) {
  auto* known = socket.state<DeviceSession>();
  if (!known) return;
  const auto session = known->shared_from_this();
  dependencies_.users.remove(session->user(), session->device());
  dependencies_.service.metrics().connections.add(-1);
  session->enqueue_last([this, session]() -> boost::asio::awaitable<void> {
    // Where it fails, the lease runs out.
    static_cast<void>(co_await dependencies_.service.leave(
        {.user = session->user(), .device = session->device(), .request_id = {}}, session->connection()));
  });
}

void PlaybackSocket::accept(SocketioSocket& socket, SocketioArguments arguments, SocketioAck ack, Handler handler,
                            bool is_report) {
  auto* session = socket.state<DeviceSession>();
  if (!session) return refuse(socket, ack, {TracksErrc::unauthorized, {}});
  dependencies_.service.metrics().messages_in.add();
  if (!dependencies_.users.take(session->user(), dependencies_.clock.steady_now())) {
    return refuse(socket, ack, {TracksErrc::rate_limited, {}});
  }
  Message message{
      .socket = socket.shared_from_this(), .session = session->shared_from_this(), .body = {}, .caller = {}};
  message.is_acknowledged = static_cast<bool>(ack);
  if (!arguments.values.empty() && arguments.values.front().is_object()) {
    message.body = std::move(arguments.values.front().get_object());
  }
  Fields fields{message.body};
  message.caller = {.user = session->user(), .device = session->device(), .request_id = fields.request_id()};
  if (fields.refusal()) return refuse(socket, ack, *fields.refusal());

  const bool is_replaceable = is_report && !ack;
  // The acknowledgement stays here until the message is taken in, so that a refusal can still use it.
  const auto shared_ack = std::make_shared<SocketioAck>(std::move(ack));
  const auto admission =
      session->enqueue([this, message = std::move(message), handler,
                        shared_ack]() mutable { return handle(std::move(message), handler, std::move(*shared_ack)); },
                       is_replaceable);
  if (admission == DeviceSession::Admission::replaced) dependencies_.service.metrics().dropped_reports.add();
  if (admission == DeviceSession::Admission::refused) refuse(socket, *shared_ack, {TracksErrc::rate_limited, {}});
}

boost::asio::awaitable<void> PlaybackSocket::handle(Message message, Handler handler, SocketioAck ack) {
  const auto socket = message.socket;
  Outcome<boost::json::object> answer = co_await (this->*handler)(std::move(message));
  if (!answer) {
    refuse(*socket, ack, answer.error());
  } else if (ack) {
    boost::json::object body{{"success", true}};
    for (auto& [name, value] : *answer) body.emplace(name, std::move(value));
    ack(arguments_of(std::move(body)));
  }
}

void PlaybackSocket::refuse(SocketioSocket& socket, SocketioAck& ack, const Refusal& refusal) {
  dependencies_.service.metrics().refused(refusal.code);
  const boost::json::object error = encode_refusal(refusal);
  socket.emit_unlogged("error", arguments_of(error));
  if (!ack) return;
  boost::json::object body{{"success", false}};
  for (const auto& [name, value] : error) body.emplace(name, value);
  ack(arguments_of(std::move(body)));
}

void PlaybackSocket::sync_clock(SocketioSocket& socket, SocketioAck ack) {
  // Answered at once, behind no other work: the time it takes is what is measured.
  auto* session = socket.state<DeviceSession>();
  if (!session) return refuse(socket, ack, {TracksErrc::unauthorized, {}});
  dependencies_.service.metrics().messages_in.add();
  if (!dependencies_.users.take(session->user(), dependencies_.clock.steady_now())) {
    return refuse(socket, ack, {TracksErrc::rate_limited, {}});
  }
  if (ack) ack(arguments_of(encode_clock(dependencies_.service.now())));
}

std::string PlaybackSocket::url_of(const UserId& user, const Playback& state) const {
  return state.has_track() ? dependencies_.catalogue.audio_url(state.track.id, user) : std::string{};
}

Outcome<boost::json::object> PlaybackSocket::reply(const Message& message, const Outcome<Snapshot>& answer) const {
  if (!answer) return std::unexpected{answer.error()};
  if (!message.is_acknowledged) return boost::json::object{};
  const UserId& user = message.caller.user;
  return encode_playback_event(user, message.caller.device, *answer, url_of(user, answer->state));
}

Reply PlaybackSocket::play(Message message) {
  Fields fields{message.body};
  const TrackId track = fields.track();
  const auto position = fields.optional_position();
  if (fields.refusal()) co_return std::unexpected{*fields.refusal()};
  co_return reply(message, co_await dependencies_.service.play(message.caller, track, position));
}

Reply PlaybackSocket::pause(Message message) {
  Fields fields{message.body};
  const TrackId track = fields.track();
  const auto position = fields.optional_position();
  if (fields.refusal()) co_return std::unexpected{*fields.refusal()};
  co_return reply(message, co_await dependencies_.service.pause(message.caller, track, position));
}

Reply PlaybackSocket::report(Message message) {
  Fields fields{message.body};
  const Report report = fields.report();
  if (fields.refusal()) co_return std::unexpected{*fields.refusal()};
  co_return reply(message, co_await dependencies_.service.report(message.caller, message.session->view(), report));
}

Reply PlaybackSocket::get_state(Message message) {
  const Outcome<Snapshot> answer = co_await dependencies_.service.current(message.caller.user);
  if (!answer) co_return std::unexpected{answer.error()};
  const UserId& user = message.caller.user;
  boost::json::object state = encode_state(user, message.caller.device, *answer, url_of(user, answer->state));
  answer_state(*message.socket, "trackState", state);
  co_return state;
}

Reply PlaybackSocket::seek(Message message) {
  Fields fields{message.body};
  const milliseconds position = fields.position();
  if (fields.refusal()) co_return std::unexpected{*fields.refusal()};
  co_return reply(message, co_await dependencies_.service.seek(message.caller, position));
}

Reply PlaybackSocket::next(Message message) {
  return skip(std::move(message), true);
}

Reply PlaybackSocket::previous(Message message) {
  return skip(std::move(message), false);
}

Reply PlaybackSocket::skip(Message message, bool forward) {
  Fields fields{message.body};
  const SkipFrom from{.track = fields.optional_track(), .index = fields.optional_queue_index()};
  if (fields.refusal()) co_return std::unexpected{*fields.refusal()};
  co_return reply(message, co_await dependencies_.service.skip(message.caller, forward, from));
}

Reply PlaybackSocket::set_queue(Message message) {
  Fields fields{message.body};
  Queue queue = fields.queue();
  if (fields.refusal()) co_return std::unexpected{*fields.refusal()};
  co_return reply(message, co_await dependencies_.service.set_queue(message.caller, std::move(queue)));
}

Reply PlaybackSocket::add_to_queue(Message message) {
  Fields fields{message.body};
  const TrackId track = fields.track();
  const bool as_next = fields.optional_flag("next");
  if (fields.refusal()) co_return std::unexpected{*fields.refusal()};
  co_return reply(message, co_await dependencies_.service.add_to_queue(message.caller, track, as_next));
}

Reply PlaybackSocket::set_volume(Message message) {
  Fields fields{message.body};
  const double volume = fields.volume();
  if (fields.refusal()) co_return std::unexpected{*fields.refusal()};
  co_return reply(message, co_await dependencies_.service.set_volume(message.caller, volume));
}

Reply PlaybackSocket::list_devices(Message message) {
  const Outcome<Snapshot> answer = co_await dependencies_.service.current(message.caller.user);
  if (!answer) co_return std::unexpected{answer.error()};
  boost::json::object devices = encode_devices(message.caller.user, *answer);
  answer_state(*message.socket, "devicesUpdated", devices);
  co_return devices;
}

Reply PlaybackSocket::register_device(Message message) {
  Fields fields{message.body};
  std::string name = fields.name();
  if (fields.refusal()) co_return std::unexpected{*fields.refusal()};
  co_return reply(message, co_await dependencies_.service.rename_device(message.caller, std::move(name)));
}

Reply PlaybackSocket::transfer(Message message) {
  Fields fields{message.body};
  DeviceId target = fields.optional_device();
  if (fields.refusal()) co_return std::unexpected{*fields.refusal()};
  co_return reply(message, co_await dependencies_.service.transfer(message.caller, std::move(target)));
}

}  // namespace pulso::tracks
