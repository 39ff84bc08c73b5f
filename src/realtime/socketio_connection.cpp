#include "realtime/socketio_connection.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "net/shard.h"
#include "ops/log.h"

namespace pulso::realtime {
namespace {

/// After these a client comes back by itself, and may go on where it was.
bool is_recoverable(net::EngineioCloseReason reason) noexcept {
  return reason != net::EngineioCloseReason::parse_error && reason != net::EngineioCloseReason::slow_consumer;
}

}  // namespace

SocketioConnection::SocketioConnection(SocketioContext& context, const FindNamespace& find_namespace,
                                       SocketioHandshake handshake)
    : context_(context),
      find_namespace_(find_namespace),
      handshake_(std::make_shared<const SocketioHandshake>(std::move(handshake))) {}

SocketioConnection::~SocketioConnection() = default;

void SocketioConnection::on_open(net::EngineioSession& session) {
  link_ = std::make_shared<SocketioLink>(SocketioLink{this, &session, session.shard(), handshake_});
  session.shard().wheel().arm(*this, context_.options.connect_timeout);
}

void SocketioConnection::on_timer() {
  link_->session->close();
}

void SocketioConnection::on_message(std::string_view payload, bool is_text) {
  auto packet = is_text ? decoder_.decode_text(payload, {.attachments_max = context_.options.attachments_max})
                        : decoder_.decode_binary(payload);
  if (!packet) return break_off();
  if (*packet) handle(**std::move(packet));
}

void SocketioConnection::handle(net::SocketioPacket packet) {
  ClientSocket* socket = find(packet.name_space);
  const bool is_owed = packet.type == net::SocketioPacketType::ack && socket && socket->has_asked(*packet.id);
  if (!is_owed && !messages_.take(context_.options.messages_per_second, context_.clock.steady_now())) {
    return refuse_excess(packet, socket);
  }
  if (packet.type == net::SocketioPacketType::connect && !socket) return connect(std::move(packet));
  if (!socket || !socket->is_connected()) return link_->session->close();
  switch (packet.type) {
    case net::SocketioPacketType::event:
      return socket->on_event(std::move(packet));
    case net::SocketioPacketType::ack:
      return socket->on_ack(std::move(packet));
    case net::SocketioPacketType::disconnect:
      return remove(*socket, "client namespace disconnect");
    case net::SocketioPacketType::connect:
    case net::SocketioPacketType::connect_error:
      return link_->session->close();
  }
}

void SocketioConnection::refuse_excess(const net::SocketioPacket& packet, ClientSocket* socket) {
  context_.excess_messages.add();
  if (!excess_.take(context_.options.excess_messages, context_.clock.steady_now())) {
    context_.excess_closes.add();
    return link_->session->close();
  }
  if (packet.type == net::SocketioPacketType::connect && !socket) {
    refuse(packet.name_space, {.message = "Too many messages", .data = {{"code", "rate_limited"}}});
  } else if (packet.type == net::SocketioPacketType::event && socket && socket->is_connected()) {
    socket->on_excess(packet);
  }
}

void SocketioConnection::connect(net::SocketioPacket packet) {
  LocalNamespace* name_space = find_namespace_(packet.name_space);
  if (!name_space) return refuse(packet.name_space, {.message = "Invalid namespace", .data = nullptr});
  boost::json::object auth;
  if (packet.data.is_object()) auth = std::move(packet.data.get_object());
  auto socket = std::make_shared<ClientSocket>(*name_space, link_, std::move(auth));
  sockets_.push_back(socket);
  boost::asio::co_spawn(link_->shard.context(), admit(link_, *name_space, std::move(socket)),
                        [](const std::exception_ptr& error) {
                          if (!error) return;
                          try {
                            std::rethrow_exception(error);
                          } catch (const std::exception& e) {
                            ops::log_error("socketio", "a connection was not admitted", {{"error", e.what()}});
                          }
                        });
}

boost::asio::awaitable<void> SocketioConnection::admit(std::shared_ptr<SocketioLink> link, LocalNamespace& name_space,
                                                       std::shared_ptr<ClientSocket> socket) {
  // Gone, or everything on it has been ended and only its transport is still there.
  const auto is_held = [&link, &socket] { return link->connection && link->connection->holds(*socket); };
  const bool asks_again = name_space.context().options.recovery_asks_middleware;
  co_await name_space.listen(link->shard);
  if (!is_held()) co_return;
  if (!asks_again) co_await socket->recover();
  if (!is_held()) co_return;
  // Where it can't go on after all it is asked like any other.
  if (!socket->is_recovered()) {
    for (const auto& middleware : name_space.middlewares()) {
      const auto admitted = co_await middleware(socket);
      if (!is_held()) co_return;
      if (!admitted) {
        std::erase(link->connection->sockets_, socket);
        link->connection->refuse(name_space.name(), admitted.error());
        co_return;
      }
    }
  }
  if (asks_again) co_await socket->recover();
  if (!is_held()) co_return;
  co_await socket->enter_rooms();
  if (!is_held()) co_return;
  link->shard.wheel().cancel(*link->connection);
  socket->open();
}

void SocketioConnection::refuse(const std::string& name_space, const SocketioConnectError& error) {
  send(net::encode_socketio_connect_error(name_space, error.message, error.data));
}

void SocketioConnection::send(std::string_view text) {
  link_->session->send(net::frames_of_socketio(text, {}));
}

void SocketioConnection::remove(ClientSocket& socket, std::string_view reason) {
  const auto found = std::ranges::find(sockets_, &socket, &std::shared_ptr<ClientSocket>::get);
  if (found == sockets_.end()) return;
  const std::shared_ptr<ClientSocket> removed = std::move(*found);
  sockets_.erase(found);
  removed->end(reason, false);
}

void SocketioConnection::disconnect_all() {
  const std::shared_ptr<SocketioLink> link = link_;  // handlers may end the connection, and this with it
  for (const auto& socket : std::exchange(sockets_, {})) {
    socket->deliver_queued();
    if (socket->is_connected() && link->session) {
      link->session->send(net::frames_of_socketio(net::encode_socketio_disconnect(socket->name_space().name()), {}));
    }
    socket->end("server namespace disconnect", false);
  }
  if (link->session) link->session->close();
}

/// What came is no packet: nothing that follows can be trusted.
void SocketioConnection::break_off() {
  const std::shared_ptr<SocketioLink> link = link_;
  end_all("parse error", false);
  if (link->session) link->session->close();
}

void SocketioConnection::end_all(std::string_view reason, bool is_recoverable) {
  for (const auto& socket : std::exchange(sockets_, {})) socket->end(reason, is_recoverable);
}

void SocketioConnection::on_close(net::EngineioCloseReason reason) {
  if (!link_) return;
  link_->shard.wheel().cancel(*this);
  link_->connection = nullptr;
  link_->session = nullptr;
  end_all(net::engineio_close_reason_name(reason), is_recoverable(reason));
}

bool SocketioConnection::holds(const ClientSocket& socket) const noexcept {
  return std::ranges::find(sockets_, &socket, &std::shared_ptr<ClientSocket>::get) != sockets_.end();
}

ClientSocket* SocketioConnection::find(std::string_view name_space) const noexcept {
  for (const auto& socket : sockets_) {
    if (socket->name_space().name() == name_space) return socket.get();
  }
  return nullptr;
}

}  // namespace pulso::realtime
