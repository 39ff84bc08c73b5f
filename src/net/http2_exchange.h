#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "net/http2_body.h"
#include "net/http2_event_stream.h"
#include "net/http2_session.h"
#include "net/http_message.h"
#include "net/http_service.h"
#include "net/timing_wheel.h"

namespace pulso::net {

class Shard;

/// What an exchange asks of its connection.
class Http2ExchangeHost {
 public:
  virtual HttpService& service() noexcept = 0;
  virtual Shard& shard() noexcept = 0;
  virtual Http2Session& session() noexcept = 0;
  virtual const ConnectionLimits::Ticket& ticket() const noexcept = 0;
  /// Something was given to the session: it leaves at the end of the loop turn.
  virtual void flush_later() = 0;
  /// `tell_written` of that stream's events when what the session has given has left.
  virtual void tell_written_later(Http2Session::StreamId stream) = 0;
  /// Whether no other exchange reads a long body now; while the answer is yes, this one does.
  virtual bool take_long_body(Http2Session::StreamId stream) = 0;
  virtual void give_up_long_body(Http2Session::StreamId stream) = 0;

 protected:
  ~Http2ExchangeHost() = default;
};

/// One request of an HTTP/2 connection and its answer. Its handler may outlast it: what that answers then is dropped.
class Http2Exchange final : public std::enable_shared_from_this<Http2Exchange>,
                            private PeerWatch,
                            private Http2EventStreamHost,
                            private TimerNode {
 public:
  using StreamId = Http2Session::StreamId;

  Http2Exchange(Http2ExchangeHost& host, StreamId stream, HttpRequest request);
  ~Http2Exchange() override;

  void start(Http2Session::HeadStatus status, bool has_body);
  void take_body(std::string_view bytes);
  void end_body();
  /// The connection's one long body may be this one's now.
  void go_on_with_body();
  [[nodiscard]] Http2Session::Chunk read(std::span<char> out);
  void tell_written();
  void drain();
  /// The stream is closed: nothing is read or answered any more.
  void close();

 private:
  void refuse_head(Http2Session::HeadStatus status);
  void answer(HttpResponse response);
  /// Answers without the rest of the body.
  void answer_early(HttpResponse response);
  void run_handler();
  void observe_seconds();
  boost::asio::awaitable<void> handle();
  void on_timer() override;

  void on_peer_gone(std::function<void()> gone) override;
  Shard& shard() const noexcept override { return shard_; }
  void resume_events() override { resume(); }
  void tell_written_later() override;
  void cut_events() override;
  void resume();

  Http2ExchangeHost* host_;  ///< null once closed
  Shard& shard_;
  HttpService& service_;
  const StreamId stream_;
  HttpRequest request_;
  std::optional<ConnectionLimits::Ticket> client_;  ///< of whom a trusted proxy speaks for
  const Route* route_ = nullptr;
  std::size_t body_bytes_max_ = 0;
  std::size_t unconsumed_bytes_ = 0;  ///< of the body, which wait for their turn
  SteadyTime started_;
  std::function<void()> peer_gone_;  ///< while a handler wants to know
  std::shared_ptr<Http2Body> body_;  ///< of the answer
  Http2EventStream* events_ = nullptr;
  bool is_body_coming_ = false;
  bool is_answered_ = false;
};

}  // namespace pulso::net
