#include "net/http2_event_stream.h"

#include <utility>

#include "base/random.h"
#include "net/shard.h"

namespace pulso::net {
namespace {

constexpr milliseconds end_timeout{5'000};  // for the last bytes to leave

}  // namespace

Http2EventStream::Http2EventStream(Http2EventStreamHost& host, EventStreamBody body, ContentCoding coding)
    : host_(&host), shard_(host.shard()), listener_(std::move(body.listener)), options_(std::move(body.options)) {
  if (coding != ContentCoding::identity) coding_ = std::make_unique<EventStreamCoding>(coding);
  if (options_->streams) options_->streams->add(1);
}

Http2EventStream::~Http2EventStream() {
  if (options_->streams) options_->streams->add(-1);
}

void Http2EventStream::open() {
  is_opened_ = true;
  shard_.wheel().arm(*this, options_->heartbeat_interval);
  if (coding_) queue(coding_->head(), false);
  listener_->on_open(*this);
}

void Http2EventStream::send(const EventFrame& frame, bool counted) {
  if (state_ != State::open) return;
  queue(coding_ ? coding_->add(frame) : frame.plain(), counted);
  if (options_->events_out) options_->events_out->add();
}

void Http2EventStream::queue(const FrameRef& frame, bool counted) {
  if (outbox_.push(frame, options_->outbox, counted)) return host_->resume_events();
  if (options_->slow_consumers) options_->slow_consumers->add();
  state_ = State::ending;
  outbox_.clear();
  host_->cut_events();
}

void Http2EventStream::end() {
  if (state_ != State::open) return;
  if (coding_) queue(coding_->tail(), false);
  state_ = State::ending;
  shard_.wheel().arm(*this, end_timeout);
  host_->resume_events();
}

void Http2EventStream::drain() {
  if (state_ != State::open) return;
  const auto spread = options_->drain_retry_max - options_->drain_retry_min;
  const auto jitter = static_cast<milliseconds::rep>(random_below(static_cast<std::uint64_t>(spread.count()) + 1));
  send_uncounted(EventFrame::make(encode_event_retry(options_->drain_retry_min + milliseconds{jitter})));
  end();
}

Http2Body::Chunk Http2EventStream::read(std::span<char> out) {
  const std::size_t bytes = outbox_.take(out);
  if (!outbox_.empty()) return {.bytes = bytes, .next = Chunk::Next::more};
  if (state_ == State::ending) return {.bytes = bytes, .next = Chunk::Next::end};
  if (bytes > 0) host_->tell_written_later();
  return {.bytes = bytes, .next = bytes > 0 ? Chunk::Next::more : Chunk::Next::later};
}

void Http2EventStream::tell_written() {
  if (state_ == State::open && outbox_.empty()) listener_->on_written();
}

void Http2EventStream::on_timer() {
  if (state_ != State::open) {
    if (host_) host_->cut_events();
    return;
  }
  shard_.wheel().arm(*this, options_->heartbeat_interval);
  listener_->on_heartbeat();
}

void Http2EventStream::close() {
  if (std::exchange(state_, State::closed) == State::closed) return;
  host_ = nullptr;
  shard_.wheel().cancel(*this);
  outbox_.clear();
  if (is_opened_) listener_->on_close();
}

}  // namespace pulso::net
