#include "net/websocket_connection.h"

#include <algorithm>
#include <utility>

#include "net/shard.h"
#include "net/websocket_encoder.h"

namespace pulso::net {
namespace {

constexpr std::size_t reads_a_turn_max = 4;  // so that one busy sender does not keep the loop to itself

}  // namespace

WebSocketConnection::WebSocketConnection(ConnectionPlace place, Stream stream, ConnectionLimits::Ticket ticket,
                                         std::shared_ptr<const WebSocketOptions> options,
                                         std::optional<DeflateAgreement> deflate,
                                         std::unique_ptr<WebSocketListener> listener)
    : FrameWriter(place.shard, std::move(stream)),
      options_(std::move(options)),
      count_(place.count),
      ticket_(std::move(ticket)),
      listener_(std::move(listener)) {
  if (deflate) deflate_ = std::make_unique<DeflateCodec>(*deflate);
  place.list.add(*this);
  ++count_;
  if (options_->connections) options_->connections->add(1);
}

WebSocketConnection::~WebSocketConnection() {
  --count_;
  if (options_->connections) options_->connections->add(-1);
}

void WebSocketConnection::start(std::string_view early) {
  self_ = shared_from_this();
  if (options_->ping_interval > milliseconds{0}) shard().wheel().arm(*this, options_->ping_interval);
  listener_->on_open(*this);
  if (!early.empty() && state_ != State::closed) {
    std::string bytes{early};
    if (!consume(bytes)) return;
  }
  wait_readable();
}

void WebSocketConnection::wait_readable() {
  if (is_reading_ || is_paused_ || state_ == State::failing || state_ == State::closed) return;
  is_reading_ = true;
  stream_.wait(Stream::WaitType::wait_read, read_storage_,
               [self = shared_from_this()](const boost::system::error_code& error) {
                 self->is_reading_ = false;
                 if (error) return self->finish(close_code::abnormal);
                 self->on_readable();
               });
}

void WebSocketConnection::on_readable() {
  if (state_ == State::closed) return;
  for (std::size_t i = 0; i < reads_a_turn_max && !is_paused_; ++i) {
    const std::span<char> buffer = shard().read_buffer();
    const IoResult got = stream_.read_some(buffer);
    if (got.status == IoStatus::wants_read || got.status == IoStatus::wants_write) break;
    if (got.status != IoStatus::ok) return finish(close_code::abnormal);
    is_ping_sent_ = false;  // any sign of life answers a ping
    if (state_ != State::lingering && !consume(buffer.first(got.bytes))) return;
    if (got.bytes < buffer.size() && !stream_.is_secure()) break;
    if (i + 1 == reads_a_turn_max && stream_.is_secure()) {
      // OpenSSL may hold bytes that the socket no longer announces.
      return shard().post([self = shared_from_this()] { self->on_readable(); });
    }
  }
  wait_readable();
}

bool WebSocketConnection::consume(std::span<char> input) {
  const WebSocketLimits limits{options_->message_bytes_max, options_->fragments_max};
  while (state_ != State::closed) {
    const WebSocketEvent event = decoder_.next(input, limits, deflate_.get());
    switch (event.type) {
      case WebSocketEvent::Type::need_more:
        return true;
      case WebSocketEvent::Type::message:
        if (state_ != State::open) break;  // RFC 6455 §1.4: data behind our close is not processed
        if (options_->messages_in) options_->messages_in->add();
        listener_->on_message(event.payload, event.is_text);
        break;
      case WebSocketEvent::Type::ping:
        if (state_ == State::open) queue(Frame::make(encode_control_frame(WebSocketOpcode::pong, event.payload)), true);
        break;
      case WebSocketEvent::Type::pong:
        break;
      case WebSocketEvent::Type::close:
        close_received_ = true;
        if (state_ == State::open) {
          close_code_ = event.code;
          close(event.code, {});  // RFC 6455 §5.5.1: the answer echoes the code
        }
        finish_if_written();
        return false;
      case WebSocketEvent::Type::error:
        fail(event.code, event.payload);
        return false;
    }
  }
  return false;
}

void WebSocketConnection::send(const FrameRef& frame) {
  if (state_ == State::open) queue(frame, true);
}

void WebSocketConnection::send_uncounted(const FrameRef& frame) {
  if (state_ == State::open) queue(frame, false);
}

void WebSocketConnection::send_message(std::string_view payload, bool is_text) {
  if (state_ != State::open) return;
  const auto opcode = is_text ? WebSocketOpcode::text : WebSocketOpcode::binary;
  if (deflate_ && payload.size() >= options_->deflate_threshold) {
    const std::string deflated = deflate_->deflate(payload);
    queue(Frame::make(encode_frame_header(opcode, deflated.size(), true), deflated), true);
  } else {
    queue(Frame::make(encode_frame_header(opcode, payload.size(), false), payload), true);
  }
}

void WebSocketConnection::queue(const FrameRef& frame, bool counted) {
  if (!enqueue(frame, options_->outbox, counted)) {
    if (options_->slow_consumers) options_->slow_consumers->add();
    // What waits would not be read either; the close frame alone may still get through.
    drop_unsent();
    return fail(close_code::try_again_later, "slow consumer: too many messages are waiting");
  }
  if (options_->messages_out) options_->messages_out->add();
}

void WebSocketConnection::on_written() {
  if (state_ != State::closed) finish_if_written();
}

void WebSocketConnection::close(std::uint16_t code, std::string_view reason) {
  if (state_ != State::open) return;
  queue(Frame::make(encode_close_frame(code, reason)), false);
  if (state_ != State::open) return;
  state_ = State::closing;
  if (!close_received_) close_code_ = code;
  shard().wheel().arm(*this, options_->close_timeout);
}

/// A peer that broke a rule is told why, and what else it sends is not heeded.
void WebSocketConnection::fail(std::uint16_t code, std::string_view reason) {
  if (state_ == State::open) close(code, reason);
  if (state_ == State::closing) state_ = State::failing;
  flush_later();
}

void WebSocketConnection::finish_if_written() {
  if (pending_bytes() > 0) return;
  if (state_ == State::closing && close_received_) return finish(close_code_);
  if (state_ == State::failing) linger();
}

/// Closed over bytes that nobody has read, a socket is reset, and the peer may lose our close frame with it. So they
/// are read until the peer ends too, or `close_timeout` after the frame was queued.
void WebSocketConnection::linger() {
  state_ = State::lingering;
  stream_.shutdown();
  listener_->on_close(close_code_);
  is_paused_ = false;
  wait_readable();
}

void WebSocketConnection::abort() {
  finish(close_code::abnormal);
}

void WebSocketConnection::finish(std::uint16_t code) {
  if (state_ == State::closed) return;
  const bool is_told = std::exchange(state_, State::closed) == State::lingering;
  shard().wheel().cancel(*this);
  clear();
  stream_.shutdown();
  stream_.close();
  if (!is_told) listener_->on_close(code);
  shard().post([self = std::move(self_)] {});  // destroyed from the loop, not below a caller that still uses it
}

void WebSocketConnection::drain() {
  close(close_code::service_restart, "the server restarts; come back");
}

void WebSocketConnection::on_timer() {
  if (state_ != State::open || is_ping_sent_) return finish(close_code::abnormal);
  is_ping_sent_ = true;
  queue(Frame::make(encode_control_frame(WebSocketOpcode::ping, {})), false);
  shard().wheel().arm(*this, options_->ping_interval);
}

void WebSocketConnection::pause_reading() noexcept {
  is_paused_ = true;
}

void WebSocketConnection::resume_reading() {
  if (!std::exchange(is_paused_, false)) return;
  // A handler may still be reading below us: go on from the loop.
  shard().post([self = shared_from_this()] { self->wait_readable(); });
}

}  // namespace pulso::net
