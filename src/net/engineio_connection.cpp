#include "net/engineio_connection.h"

#include <exception>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/random.h"
#include "net/engineio_service.h"
#include "net/engineio_websocket.h"
#include "net/shard.h"
#include "net/utf8.h"
#include "net/websocket_encoder.h"
#include "ops/log.h"

namespace pulso::net {
namespace {

constexpr std::size_t id_random_bytes = 15;    // 20 characters
constexpr milliseconds close_timeout{30'000};  // for a poll to take what is queued before a close
constexpr std::size_t packets_a_turn_max = 1000;
constexpr std::string_view probe = "probe";

/// What a WebSocket is closed with.
std::uint16_t close_code_of(EngineioCloseReason reason) noexcept {
  switch (reason) {
    case EngineioCloseReason::parse_error:
    case EngineioCloseReason::transport_error:
      return close_code::protocol_error;
    case EngineioCloseReason::shutting_down:
      return close_code::service_restart;
    case EngineioCloseReason::slow_consumer:
      return close_code::try_again_later;
    case EngineioCloseReason::transport_close:
    case EngineioCloseReason::ping_timeout:
    case EngineioCloseReason::forced_close:
      return close_code::normal;
  }
  return close_code::normal;
}

/// What the end of a WebSocket means.
EngineioCloseReason reason_of(std::uint16_t code, bool is_draining) noexcept {
  constexpr std::uint16_t unsupported_data = 1003, invalid_payload = 1007;
  if (code == close_code::service_restart && is_draining) return EngineioCloseReason::shutting_down;
  const bool is_error = code == close_code::protocol_error || code == unsupported_data || code == invalid_payload ||
                        code == close_code::too_big;
  return is_error ? EngineioCloseReason::transport_error : EngineioCloseReason::transport_close;
}

}  // namespace

/// A WebSocket that wants to take over from polling.
struct EngineioConnection::Upgrade final : TimerNode {
  Upgrade(EngineioConnection& owner, EngineioWebSocket& candidate) : session(owner), websocket(candidate) {}
  void on_timer() override { session.drop_upgrade(); }

  EngineioConnection& session;
  EngineioWebSocket& websocket;
  bool is_probed = false;
};

std::shared_ptr<EngineioConnection> EngineioConnection::create(EngineioService& service, Shard& shard,
                                                               std::unique_ptr<EngineioListener> listener) {
  auto session = std::make_shared<EngineioConnection>(service, shard, std::move(listener));
  service.registry.add(session);
  return session;
}

EngineioConnection::EngineioConnection(EngineioService& service, Shard& shard,
                                       std::unique_ptr<EngineioListener> listener)
    : service_(service), shard_(shard), listener_(std::move(listener)), id_(random_token(id_random_bytes)) {
  if (service_.options.sessions) service_.options.sessions->add(1);
}

EngineioConnection::~EngineioConnection() {
  if (service_.options.sessions) service_.options.sessions->add(-1);
}

std::string EngineioConnection::open() {
  const EngineioOptions& options = service_.options;
  polling_ = std::make_unique<EngineioPolling>(shard_, static_cast<EngineioPolling::Listener&>(*this),
                                               options.message_bytes_max);
  begin_heartbeat();
  listener_->on_open(*this);
  return encode_engineio_open({id_, true, options.ping_interval, options.ping_timeout, options.message_bytes_max});
}

void EngineioConnection::open(EngineioWebSocket& websocket) {
  const EngineioOptions& options = service_.options;
  websocket_ = &websocket;
  websocket.connection().send_uncounted(encode_text_frame(
      encode_engineio_open({id_, false, options.ping_interval, options.ping_timeout, options.message_bytes_max})));
  begin_heartbeat();
  listener_->on_open(*this);
}

void EngineioConnection::begin_heartbeat() {
  is_ping_sent_ = is_timeout_extended_ = false;
  shard_.wheel().arm(*this, service_.options.ping_interval);
}

void EngineioConnection::on_timer() {
  if (state_ == State::closing) return finish(EngineioCloseReason::forced_close);
  if (is_ping_sent_) return finish(EngineioCloseReason::ping_timeout);
  is_ping_sent_ = true;
  shard_.wheel().arm(*this, service_.options.ping_timeout);
  send_control(EngineioPacketType::ping);
}

void EngineioConnection::send_control(EngineioPacketType type) {
  const FrameRef& frame = engineio_control_frame(type);
  if (polling_) {
    static_cast<void>(polling_->push(frame, service_.options.outbox, false));
  } else {
    websocket_->connection().send_uncounted(frame);
  }
}

void EngineioConnection::send(std::span<const FrameRef> messages, std::span<const FrameRef> deflated) {
  if (state_ != State::open) return;
  if (polling_) {
    for (const FrameRef& message : messages) {
      if (polling_->push(message, service_.options.outbox, true)) continue;
      if (service_.options.slow_consumers) service_.options.slow_consumers->add();
      polling_->clear();
      return finish_later(EngineioCloseReason::slow_consumer);
    }
    return;
  }
  WebSocketConnection& connection = websocket_->connection();
  if (!connection.is_open()) return;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    send_on(connection, messages[i], i < deflated.size() ? &deflated[i] : nullptr);
  }
  if (!connection.is_open()) finish_later(EngineioCloseReason::slow_consumer);
}

void EngineioConnection::send_on(WebSocketConnection& connection, const FrameRef& message, const FrameRef* deflated) {
  if (deflated) return connection.send(message, *deflated);
  if (!connection.is_deflating() || message.size() < service_.options.deflate_threshold) {
    return connection.send(message);
  }
  const auto [is_text, payload] = engineio_frame_content(message);
  connection.send_message(payload, is_text);
}

void EngineioConnection::send_uncounted(std::span<const FrameRef> messages) {
  if (state_ != State::open) return;
  for (const FrameRef& message : messages) {
    if (polling_) {
      static_cast<void>(polling_->push(message, service_.options.outbox, false));
    } else {
      websocket_->connection().send_uncounted(message);
    }
  }
}

void EngineioConnection::set_cookie(std::string field) {
  if (polling_) polling_->set_cookie(std::move(field));
}

bool EngineioConnection::is_writable() const noexcept {
  if (state_ != State::open) return false;
  if (polling_) return polling_->is_waiting() && polling_->empty();
  return websocket_->connection().is_open() && websocket_->connection().pending_bytes() == 0;
}

std::string_view EngineioConnection::transport_name() const noexcept {
  return is_polling() ? "polling" : "websocket";
}

std::size_t EngineioConnection::pending_bytes() const noexcept {
  if (polling_) return polling_->pending_bytes();
  return websocket_ ? websocket_->connection().pending_bytes() : 0;
}

void EngineioConnection::close() {
  if (state_ != State::open) return;
  state_ = State::closing;
  // A client that was told "3probe" polls no more: what is queued can only go over the WebSocket that it comes with.
  if (upgrade_ && !upgrade_->is_probed) drop_upgrade();
  if (polling_) {
    // Never in one answer with messages: clients end at a close before they have looked at what stood in front of it.
    is_close_sent_ = polling_->empty();
    if (is_close_sent_) send_control(EngineioPacketType::close);
    shard_.wheel().arm(*this, close_timeout);
  } else {
    close_websocket();
  }
}

void EngineioConnection::close_websocket() {
  websocket_->connection().close(close_code::normal, {});
  finish_later(EngineioCloseReason::forced_close);
}

void EngineioConnection::on_poll_answered() {
  if (state_ != State::closing || !polling_->empty()) return;
  if (std::exchange(is_close_sent_, true)) return finish_later(EngineioCloseReason::forced_close);
  send_control(EngineioPacketType::close);
}

void EngineioConnection::finish_later(EngineioCloseReason reason) {
  state_ = State::closing;
  closing_reason_ = reason;
  shard_.post([self = shared_from_this(), reason] { self->finish(reason); });
}

void EngineioConnection::finish(EngineioCloseReason reason) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  shard_.wheel().cancel(*this);
  if (upgrade_) drop_upgrade();
  if (polling_) {
    polling_->clear();
    // A peer that has closed is not told so; one that has not comes back after this.
    polling_->answer_with(reason == EngineioCloseReason::transport_close ? EngineioPacketType::noop
                                                                         : EngineioPacketType::close);
  }
  if (auto* websocket = std::exchange(websocket_, nullptr)) websocket->leave(close_code_of(reason));
  auto self = service_.registry.take(id_);
  listener_->on_close(reason);
  shard_.post([held = std::move(self)] {});  // destroyed from the loop, not below a caller that still uses it
}

boost::asio::awaitable<EngineioPollAnswer> EngineioConnection::poll(const void* poll) {
  if (state_ == State::closed) co_return EngineioPollAnswer{EngineioError::unknown_session, {}};
  if (!polling_) co_return EngineioPollAnswer{EngineioError::bad_request, {}};
  if (polling_->is_waiting()) {
    finish(EngineioCloseReason::transport_error);
    co_return EngineioPollAnswer{EngineioError::bad_request, {}};
  }
  co_return co_await polling_->wait(poll);
}

void EngineioConnection::on_poll_lost(const void* poll) {
  if (polling_ && polling_->is_waiting(poll)) finish(EngineioCloseReason::transport_error);
}

boost::asio::awaitable<EngineioPollAnswer> EngineioConnection::receive(std::string_view payload) {
  if (state_ == State::closed) co_return EngineioPollAnswer{EngineioError::unknown_session, {}};
  if (!polling_) co_return EngineioPollAnswer{EngineioError::bad_request, {}};
  EngineioPayloadReader reader{payload};
  bool is_valid = is_valid_utf8(payload);
  for (std::size_t count = 1; is_valid && !reader.done() && state_ != State::closed; ++count) {
    const auto packet = reader.next();
    is_valid = packet.has_value();
    if (is_valid) on_packet(*packet);
    if (count % packets_a_turn_max == 0) {
      co_await boost::asio::post(shard_.context(), boost::asio::use_awaitable);
    }
  }
  if (is_valid) co_return EngineioPollAnswer{};
  finish(EngineioCloseReason::parse_error);
  co_return EngineioPollAnswer{EngineioError::bad_request, {}};
}

void EngineioConnection::on_packet(const EngineioPacket& packet) {
  if (packet.type == EngineioPacketType::close) return finish(EngineioCloseReason::transport_close);
  if (state_ != State::open) return;
  if (is_ping_sent_ && !std::exchange(is_timeout_extended_, true)) {
    // Whoever sends something long is alive, and its pong waits behind it; once, so that the pong stays owed.
    shard_.wheel().arm(*this, service_.options.ping_timeout);
  }
  if (packet.type == EngineioPacketType::message) {
    try {
      listener_->on_message(packet.data, packet.is_text);
    } catch (const std::exception& error) {  // else nothing more of it would ever be read, or answered
      ops::log_error("net", "a message was not handled", {{"error", error.what()}});
      finish(EngineioCloseReason::transport_error);
    }
  } else if (packet.type == EngineioPacketType::pong) {
    begin_heartbeat();
  } else if (packet.type == EngineioPacketType::ping) {  // since revision 4 only servers send pings
    finish(EngineioCloseReason::transport_error);
  }
}

bool EngineioConnection::begin_upgrade(EngineioWebSocket& websocket) {
  if (state_ != State::open || !polling_ || upgrade_) return false;
  upgrade_ = std::make_unique<Upgrade>(*this, websocket);
  shard_.wheel().arm(*upgrade_, service_.options.upgrade_timeout);
  return true;
}

void EngineioConnection::on_websocket_message(EngineioWebSocket& websocket, std::string_view payload, bool is_text) {
  std::string bytes;
  const auto packet =
      is_text ? decode_engineio_packet(payload, bytes) : EngineioPacket{EngineioPacketType::message, false, payload};
  if (upgrade_ && &upgrade_->websocket == &websocket) {
    packet ? on_upgrade_packet(*packet) : drop_upgrade();
  } else {
    packet ? on_packet(*packet) : finish(EngineioCloseReason::parse_error);
  }
}

void EngineioConnection::on_upgrade_packet(const EngineioPacket& packet) {
  if (packet.type == EngineioPacketType::ping && packet.data == probe) {
    upgrade_->is_probed = true;
    upgrade_->websocket.connection().send_uncounted(encode_text_frame("3probe"));
    polling_->set_hurried(true);  // the client waits for its poll before it goes on
  } else if (packet.type == EngineioPacketType::upgrade && upgrade_->is_probed) {
    finish_upgrade();
  } else {
    drop_upgrade();
  }
}

void EngineioConnection::finish_upgrade() {
  websocket_ = &upgrade_->websocket;
  upgrade_.reset();
  polling_->answer_with(EngineioPacketType::noop);
  const auto waiting = polling_->take_all();
  polling_.reset();
  const bool is_closing = state_ == State::closing;
  if (!is_closing || !is_close_sent_) {  // else only the close for a poll is left, which a WebSocket says by itself
    for (const FrameRef& message : waiting) websocket_->connection().send_uncounted(message);
  }
  if (is_closing) close_websocket();
}

void EngineioConnection::drop_upgrade() {
  const auto upgrade = std::move(upgrade_);
  polling_->set_hurried(false);
  upgrade->websocket.leave(close_code::normal);
}

void EngineioConnection::on_websocket_close(EngineioWebSocket& websocket, std::uint16_t code) {
  if (upgrade_ && &upgrade_->websocket == &websocket) {
    upgrade_.reset();
    polling_->set_hurried(false);
  } else {
    websocket_ = nullptr;
    finish(state_ == State::closing ? closing_reason_ : reason_of(code, service_.is_draining));
  }
}

}  // namespace pulso::net
