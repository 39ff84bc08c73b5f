#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/connection_limits.h"
#include "net/connection_list.h"
#include "net/flushable.h"
#include "net/http2_exchange.h"
#include "net/http2_session.h"
#include "net/http_service.h"
#include "net/stream.h"
#include "net/timing_wheel.h"

namespace pulso::net {

/// One HTTP/2 connection after its TLS handshake, for any number of requests at once. What they have to say is gathered
/// and leaves at the end of the loop turn; nobody is read ahead of what the peer takes.
class Http2Connection final : public std::enable_shared_from_this<Http2Connection>,
                              private ConnectionNode,
                              private TimerNode,
                              private Flushable,
                              private Http2Session::Listener,
                              private Http2ExchangeHost {
 public:
  Http2Connection(HttpService& service, Shard& shard, Stream stream, ConnectionLimits::Ticket ticket);
  ~Http2Connection() override;

  void start();

 private:
  using StreamId = Http2Session::StreamId;
  using ExchangeRef = std::shared_ptr<Http2Exchange>;

  void on_request(StreamId stream, HttpRequest request, Http2Session::HeadStatus status, bool has_body) override;
  void on_body(StreamId stream, std::string_view bytes) override;
  void on_body_end(StreamId stream) override;
  Http2Session::Chunk on_read(StreamId stream, std::span<char> out) override;
  void on_closed(StreamId stream) override;

  HttpService& service() noexcept override { return service_; }
  Shard& shard() noexcept override { return shard_; }
  Http2Session& session() noexcept override { return session_; }
  const ConnectionLimits::Ticket& ticket() const noexcept override { return ticket_; }
  void flush_later() override;
  void tell_written_later(StreamId stream) override { written_.push_back(stream); }
  bool take_long_body(StreamId stream) override;
  void give_up_long_body(StreamId stream) override;

  void wait_readable();
  void on_readable();
  /// The peer's time is another one while a head is on its way.
  void note_head();
  void flush() override;
  /// False when the socket takes no more now, or the connection has ended.
  bool write_output();
  void linger();
  void tell_written();
  void wait_writable();
  void arm();
  void on_timer() override;
  void drain() override;
  void abort() override { finish(); }
  void release() override { self_.reset(); }
  void finish();

  HttpService& service_;
  Shard& shard_;
  Stream stream_;
  ConnectionLimits::Ticket ticket_;
  Http2Session session_;
  std::unordered_map<StreamId, ExchangeRef> exchanges_;
  std::vector<StreamId> written_;  ///< whose events have been read to their end
  std::string unsent_;             ///< bytes of the session that the socket has still to take
  std::size_t sent_of_unsent_ = 0;
  std::size_t unasked_bytes_ = 0;
  StreamId long_body_ = 0;                 ///< whose body is read past its first window; 0 is none
  std::shared_ptr<Http2Connection> self_;  ///< owns itself from `start` to `finish`
  WaitStorage read_storage_;
  bool awaits_head_ = true;    ///< as the session said last
  bool is_writing_ = false;    ///< waits for the socket
  bool is_ending_ = false;     ///< takes no further requests
  bool is_lingering_ = false;  ///< all was said; the peer's end is awaited
  bool has_broken_ = false;    ///< the peer has broken the protocol: what is left to say is the last
};

}  // namespace pulso::net
