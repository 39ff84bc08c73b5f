#include "net/http2_connection.h"

#include <algorithm>
#include <utility>

#include "net/shard.h"

namespace pulso::net {
namespace {

constexpr std::size_t gathered_bytes = 32 * 1024;      ///< frames are joined up to here before they are written
constexpr std::size_t flushed_bytes_max = 512 * 1024;  ///< in one loop turn, so that a fast reader leaves others theirs
constexpr int reads_max = 8;                           ///< in one loop turn, likewise
constexpr std::size_t unasked_bytes_max = 1024 * 1024;  ///< read of a peer to whom all was said
constexpr milliseconds linger_timeout{2'000};           ///< for a peer to take our last words
constexpr milliseconds silence_max{15'000};             ///< of a peer that has to acknowledge something

}  // namespace

Http2Connection::Http2Connection(HttpService& service, Shard& shard, Stream stream, ConnectionLimits::Ticket ticket)
    : service_(service),
      shard_(shard),
      stream_(std::move(stream)),
      ticket_(std::move(ticket)),
      session_(service.options.header_bytes_max, *this) {
  service_.connections[shard.index()].add(*this);
  ++service_.connection_count;
}

Http2Connection::~Http2Connection() {
  --service_.connection_count;
  shard_.forget(*this);
}

void Http2Connection::start() {
  self_ = shared_from_this();
  arm();
  flush_later();
  if (service_.is_draining) drain();  // its handshake ended after the others had been told
  // TLS may hold bytes already that the socket would not tell of.
  shard_.post([self = shared_from_this()] { self->on_readable(); });
}

void Http2Connection::arm() {
  const HttpOptions& options = service_.options;
  const milliseconds delay = is_writing_                          ? options.write_timeout
                             : !exchanges_.empty() && !is_ending_ ? silence_max
                             : is_ending_ || awaits_head_         ? options.header_timeout
                                                                  : options.keep_alive_timeout;
  shard_.wheel().arm(*this, delay);
}

void Http2Connection::on_timer() {
  if (is_lingering_) return finish();
  if (is_writing_) {
    service_.timeouts.add();
    return finish();
  }
  if (!exchanges_.empty()) {
    if (stream_.is_peer_silent(silence_max)) return finish();
    return arm();
  }
  if (awaits_head_) service_.timeouts.add();
  if (is_ending_ || awaits_head_) return finish();
  drain();
}

void Http2Connection::drain() {
  if (std::exchange(is_ending_, true) || !self_) return;
  session_.go_away();
  std::vector<ExchangeRef> open;
  open.reserve(exchanges_.size());
  for (const auto& [stream, exchange] : exchanges_) open.push_back(exchange);
  for (const ExchangeRef& exchange : open) exchange->drain();
  arm();
  flush_later();
}

void Http2Connection::wait_readable() {
  stream_.wait(Stream::WaitType::wait_read, read_storage_,
               [self = shared_from_this()](const boost::system::error_code& error) {
                 if (error) return self->finish();
                 self->on_readable();
               });
}

void Http2Connection::on_readable() {
  if (!self_) return;
  for (int i = 0; i < reads_max; ++i) {
    const std::span<char> buffer = shard_.read_buffer();
    const IoResult got = stream_.read_some(buffer);
    if (got.status == IoStatus::wants_read || got.status == IoStatus::wants_write) {
      flush_later();
      return wait_readable();
    }
    if (got.status != IoStatus::ok) return finish();
    if (is_lingering_ || has_broken_) {
      unasked_bytes_ += got.bytes;
      if (unasked_bytes_ > unasked_bytes_max) return finish();
      continue;
    }
    if (!session_.feed({buffer.data(), got.bytes}, shard_.now())) {
      service_.bad_requests.add();
      has_broken_ = true;
    }
    note_head();
  }
  flush_later();
  shard_.post([self = shared_from_this()] { self->on_readable(); });
}

void Http2Connection::note_head() {
  if (awaits_head_ == session_.awaits_head()) return;
  awaits_head_ = !awaits_head_;
  if (exchanges_.empty() && !is_writing_) arm();
}

void Http2Connection::flush_later() {
  if (self_) shard_.flush_later(*this);
}

void Http2Connection::flush() {
  const auto self = self_;
  if (!self || is_writing_ || is_lingering_) return;
  if (!write_output()) return;
  note_head();  // one that was refused has ended by its reset
  if (session_.is_over() || has_broken_ || (is_ending_ && exchanges_.empty())) linger();
}

void Http2Connection::linger() {
  // Closed over bytes that nobody has read, a socket is reset, and the peer may lose our last ones.
  is_lingering_ = true;
  stream_.shutdown();
  shard_.wheel().arm(*this, linger_timeout);
}

bool Http2Connection::write_output() {
  for (std::size_t written = 0; written < flushed_bytes_max;) {
    if (unsent_.empty()) {
      std::string_view part = session_.output();
      for (; !part.empty(); part = session_.output()) {
        unsent_ += part;
        if (unsent_.size() >= gathered_bytes) break;
      }
      if (unsent_.empty()) {
        unsent_ = {};  // an idle connection holds no buffer
        return true;
      }
    }
    const IoResult sent = stream_.write_some(std::string_view{unsent_}.substr(sent_of_unsent_));
    if (sent.status == IoStatus::wants_write || sent.status == IoStatus::wants_read) {
      wait_writable();
      return false;
    }
    if (sent.status != IoStatus::ok) {
      finish();
      return false;
    }
    written += sent.bytes;
    sent_of_unsent_ += sent.bytes;
    if (sent_of_unsent_ == unsent_.size()) {
      unsent_.clear();
      sent_of_unsent_ = 0;
      // Not when there is nothing more to send: a long answer beside them would hold what follows of these up.
      tell_written();
      if (!self_) return false;
    }
  }
  shard_.post([self = shared_from_this()] { self->flush_later(); });
  return false;
}

void Http2Connection::tell_written() {
  for (const StreamId stream : std::exchange(written_, {})) {
    if (const auto found = exchanges_.find(stream); found != exchanges_.end()) {
      const ExchangeRef exchange = found->second;
      exchange->tell_written();
    }
  }
}

void Http2Connection::wait_writable() {
  is_writing_ = true;
  arm();
  stream_.wait(Stream::WaitType::wait_write, [self = shared_from_this()](const boost::system::error_code& error) {
    self->is_writing_ = false;
    if (error) return self->finish();
    if (!self->self_) return;
    self->arm();
    self->flush();
  });
}

void Http2Connection::on_request(StreamId stream, HttpRequest request, Http2Session::HeadStatus status, bool has_body) {
  auto exchange = std::make_shared<Http2Exchange>(static_cast<Http2ExchangeHost&>(*this), stream, std::move(request));
  exchanges_.emplace(stream, exchange);
  if (exchanges_.size() == 1) arm();
  exchange->start(status, has_body);
}

void Http2Connection::on_body(StreamId stream, std::string_view bytes) {
  if (const auto found = exchanges_.find(stream); found != exchanges_.end()) found->second->take_body(bytes);
}

void Http2Connection::on_body_end(StreamId stream) {
  const auto found = exchanges_.find(stream);
  if (found == exchanges_.end()) return;
  found->second->end_body();
  give_up_long_body(stream);
}

bool Http2Connection::take_long_body(StreamId stream) {
  if (long_body_ == 0) long_body_ = stream;
  return long_body_ == stream;
}

void Http2Connection::give_up_long_body(StreamId stream) {
  if (long_body_ != stream) return;
  long_body_ = 0;
  for (const auto& [id, exchange] : exchanges_) {
    if (long_body_ == 0) exchange->go_on_with_body();
  }
}

Http2Session::Chunk Http2Connection::on_read(StreamId stream, std::span<char> out) {
  const auto found = exchanges_.find(stream);
  if (found == exchanges_.end()) return {.bytes = 0, .next = Http2Session::Chunk::Next::failed};
  return found->second->read(out);
}

void Http2Connection::on_closed(StreamId stream) {
  const auto found = exchanges_.find(stream);
  if (found == exchanges_.end()) return;
  const ExchangeRef exchange = std::move(found->second);
  exchanges_.erase(found);
  exchange->close();
  give_up_long_body(stream);
  if (exchanges_.empty() && !is_writing_) arm();
  flush_later();
}

void Http2Connection::finish() {
  const auto self = std::exchange(self_, nullptr);
  if (!self) return;
  shard_.wheel().cancel(*this);
  shard_.forget(*this);
  for (const auto& [stream, exchange] : std::exchange(exchanges_, {})) exchange->close();
  stream_.shutdown();
  stream_.close();
  shard_.post([self] {});  // destroyed from the loop, not below a caller that still uses it
}

}  // namespace pulso::net
