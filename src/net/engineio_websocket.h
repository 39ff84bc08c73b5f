#pragma once
#include <memory>
#include <string_view>

#include "net/engineio_registry.h"
#include "net/engineio_session.h"
#include "net/websocket_connection.h"

namespace pulso::net {

struct EngineioService;

/// The WebSocket transport of one session: the transport that it began with, or the candidate of an upgrade. Belongs to
/// its WebSocket; session and transport each tell the other when they end.
class EngineioWebSocket final : public WebSocketListener {
 public:
  /// A handshake without a session: `listener` gets a new one.
  EngineioWebSocket(EngineioService& service, std::unique_ptr<EngineioListener> listener);
  /// An upgrade of the session at `place`, whose shard becomes this WebSocket's.
  EngineioWebSocket(EngineioService& service, EngineioPlace place);
  ~EngineioWebSocket() override;

  [[nodiscard]] Shard* home() const noexcept override;
  void on_open(WebSocketConnection& connection) override;
  void on_message(std::string_view payload, bool is_text) override;
  void on_close(std::uint16_t code) override;

  [[nodiscard]] WebSocketConnection& connection() const noexcept { return *connection_; }
  /// The session's last call: it has no use for this transport any more.
  void leave(std::uint16_t code);

 private:
  /// What is needed until the WebSocket is open.
  struct Start {
    EngineioService& service;
    std::unique_ptr<EngineioListener> listener;
    EngineioPlace place;
  };
  std::unique_ptr<Start> start_;
  EngineioConnection* session_ = nullptr;  ///< null before it is open and after either has ended
  WebSocketConnection* connection_ = nullptr;
};

}  // namespace pulso::net
