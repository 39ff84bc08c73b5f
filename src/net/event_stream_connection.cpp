#include "net/event_stream_connection.h"

#include <utility>

#include "base/random.h"
#include "net/shard.h"

namespace pulso::net {
namespace {

constexpr milliseconds end_timeout{5'000};  // for the last bytes to leave, and the peer to end too
constexpr std::uint32_t unasked_bytes_max = 64 * 1024;

}  // namespace

EventStreamConnection::EventStreamConnection(ConnectionPlace place, Stream stream, ConnectionLimits::Ticket ticket,
                                             EventStreamBody body, ContentCoding coding)
    : FrameWriter(place.shard, std::move(stream)),
      listener_(std::move(body.listener)),
      options_(std::move(body.options)),
      count_(place.count),
      ticket_(std::move(ticket)) {
  if (coding != ContentCoding::identity) coding_ = std::make_unique<EventStreamCoding>(coding);
  place.list.add(*this);
  ++count_;
  if (options_->streams) options_->streams->add(1);
}

EventStreamConnection::~EventStreamConnection() {
  --count_;
  if (options_->streams) options_->streams->add(-1);
}

void EventStreamConnection::start() {
  self_ = shared_from_this();
  shard().wheel().arm(*this, options_->heartbeat_interval);
  if (coding_) queue(coding_->head(), false);
  listener_->on_open(*this);
  wait_readable();
}

void EventStreamConnection::send(const EventFrame& frame, bool counted) {
  if (state_ != State::open) return;
  queue(coding_ ? coding_->add(frame) : frame.plain(), counted);
  if (options_->events_out) options_->events_out->add();
}

void EventStreamConnection::queue(const FrameRef& frame, bool counted) {
  if (enqueue(frame, options_->outbox, counted)) return;
  if (options_->slow_consumers) options_->slow_consumers->add();
  // From the loop: whoever sends to many does not expect to lose one meanwhile.
  state_ = State::ending;
  clear();
  shard().post([self = shared_from_this()] { self->finish(); });
}

void EventStreamConnection::end() {
  if (state_ != State::open) return;
  if (coding_) queue(coding_->tail(), false);
  state_ = State::ending;
  shard().wheel().arm(*this, end_timeout);
  flush_later();
}

void EventStreamConnection::drain() {
  if (state_ != State::open) return;
  const auto spread = options_->drain_retry_max - options_->drain_retry_min;
  const auto jitter = static_cast<milliseconds::rep>(random_below(static_cast<std::uint64_t>(spread.count()) + 1));
  send_uncounted(EventFrame::make(encode_event_retry(options_->drain_retry_min + milliseconds{jitter})));
  end();
}

void EventStreamConnection::on_written() {
  if (state_ == State::open) return listener_->on_written();
  if (state_ != State::ending) return;
  // Closed over bytes that nobody has read, a socket is reset, and the peer may lose our last ones.
  state_ = State::lingering;
  stream_.shutdown();
}

void EventStreamConnection::on_timer() {
  if (state_ != State::open) return finish();
  is_heartbeat_sent_ = !is_heartbeat_sent_;
  shard().wheel().arm(*this, options_->heartbeat_interval / 2);
  if (is_heartbeat_sent_) return listener_->on_heartbeat();
  if (stream_.is_peer_silent(options_->heartbeat_interval / 4)) finish();
}

void EventStreamConnection::wait_readable() {
  stream_.wait(Stream::WaitType::wait_read, read_storage_,
               [self = shared_from_this()](const boost::system::error_code& error) {
                 if (error) return self->finish();
                 self->on_readable();
               });
}

void EventStreamConnection::on_readable() {
  if (state_ == State::closed) return;
  while (true) {
    const IoResult got = stream_.read_some(shard().read_buffer());
    if (got.status == IoStatus::wants_read || got.status == IoStatus::wants_write) break;
    if (got.status != IoStatus::ok) return finish();
    unasked_bytes_ += static_cast<std::uint32_t>(got.bytes);
    if (unasked_bytes_ > unasked_bytes_max) return finish();
  }
  wait_readable();
}

void EventStreamConnection::finish() {
  if (std::exchange(state_, State::closed) == State::closed) return;
  shard().wheel().cancel(*this);
  clear();
  stream_.shutdown();
  stream_.close();
  listener_->on_close();
  shard().post([self = std::move(self_)] {});  // destroyed from the loop, not below a caller that still uses it
}

}  // namespace pulso::net
