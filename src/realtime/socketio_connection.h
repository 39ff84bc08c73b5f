#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/token_bucket.h"
#include "net/engineio_session.h"
#include "net/socketio_packet.h"
#include "net/timing_wheel.h"
#include "realtime/socketio_namespace.h"
#include "realtime/socketio_socket.h"

namespace pulso::realtime {

/// Finds a namespace by its name, makes a dynamic one, or gives null.
using FindNamespace = std::function<LocalNamespace*(std::string_view name)>;

/// One client's Engine.IO session with its sockets, one a namespace.
class SocketioConnection final : public net::EngineioListener, private net::TimerNode {
 public:
  SocketioConnection(SocketioContext& context, const FindNamespace& find_namespace, SocketioHandshake handshake);
  ~SocketioConnection() override;

  void on_open(net::EngineioSession& session) override;
  void on_message(std::string_view payload, bool is_text) override;
  void on_close(net::EngineioCloseReason reason) override;

  /// Ends one socket; the others and the transport stay.
  void remove(ClientSocket& socket, std::string_view reason);
  /// A DISCONNECT for each socket, then the transport ends.
  void disconnect_all();
  /// Whether that is one of its sockets, admitted or not yet.
  [[nodiscard]] bool holds(const ClientSocket& socket) const noexcept;

 private:
  /// Nobody has connected to a namespace in time.
  void on_timer() override;
  void handle(net::SocketioPacket packet);
  /// A packet that is not looked at, because too many came before it.
  void refuse_excess(const net::SocketioPacket& packet, ClientSocket* socket);
  void connect(net::SocketioPacket packet);
  static boost::asio::awaitable<void> admit(std::shared_ptr<SocketioLink> link, LocalNamespace& name_space,
                                            std::shared_ptr<ClientSocket> socket);
  void refuse(const std::string& name_space, const SocketioConnectError& error);
  void send(std::string_view text);
  void end_all(std::string_view reason, bool is_recoverable);
  void break_off();
  [[nodiscard]] ClientSocket* find(std::string_view name_space) const noexcept;

  SocketioContext& context_;
  const FindNamespace& find_namespace_;
  std::shared_ptr<const SocketioHandshake> handshake_;
  std::shared_ptr<SocketioLink> link_;
  std::vector<std::shared_ptr<ClientSocket>> sockets_;  ///< those being admitted too
  net::SocketioDecoder decoder_;
  TokenBucket messages_;
  TokenBucket excess_;
};

}  // namespace pulso::realtime
