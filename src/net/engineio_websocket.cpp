#include "net/engineio_websocket.h"

#include <utility>

#include "net/engineio_connection.h"

namespace pulso::net {

EngineioWebSocket::EngineioWebSocket(EngineioService& service, std::unique_ptr<EngineioListener> listener)
    : start_(new Start{.service = service, .listener = std::move(listener), .place = {}}) {}

EngineioWebSocket::EngineioWebSocket(EngineioService& service, EngineioPlace place)
    : start_(new Start{.service = service, .listener = nullptr, .place = std::move(place)}) {}

EngineioWebSocket::~EngineioWebSocket() = default;

Shard* EngineioWebSocket::home() const noexcept {
  return start_ ? start_->place.shard : nullptr;
}

void EngineioWebSocket::on_open(WebSocketConnection& connection) {
  connection_ = &connection;
  const auto start = std::move(start_);
  if (start->listener) {
    const auto session = EngineioConnection::create(start->service, connection.shard(), std::move(start->listener));
    session_ = session.get();
    session->open(*this);
  } else if (const auto session = start->place.session.lock(); session && session->begin_upgrade(*this)) {
    session_ = session.get();
  } else {
    connection.close(close_code::normal, {});
  }
}

void EngineioWebSocket::on_message(std::string_view payload, bool is_text) {
  if (session_) session_->on_websocket_message(*this, payload, is_text);
}

void EngineioWebSocket::on_close(std::uint16_t code) {
  if (auto* session = std::exchange(session_, nullptr)) session->on_websocket_close(*this, code);
}

void EngineioWebSocket::leave(std::uint16_t code) {
  session_ = nullptr;
  connection_->close(code, {});
}

}  // namespace pulso::net
