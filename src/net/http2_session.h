#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/token_bucket.h"
#include "net/http_message.h"

struct nghttp2_session;

namespace pulso::net {

/// Error codes that we end streams and connections with (RFC 9113 §7).
enum class Http2Error : std::uint32_t {
  no_error = 0x0,
  internal_error = 0x2,
  cancel = 0x8,
  enhance_your_calm = 0xb,
};

/// The server's side of one HTTP/2 connection (RFC 9113) without its socket: bytes in, requests and bytes out. nghttp2
/// does frames, HPACK and flow control; what it leaves to its user is here: requests out of fields, bounds, and peers
/// that open streams only to reset them.
///
/// Windows open again as bodies are consumed: the connection's at once, so that no stream holds up the others, each
/// stream's by `consume`.
class Http2Session {
 public:
  using StreamId = std::int32_t;
  using Fields = std::vector<std::pair<std::string, std::string>>;
  /// Which answers go before others (RFC 9218 §4.1). Those of one urgency take turns; what the peer would like is not
  /// asked, so that none of its streams starves.
  enum class Urgency : std::uint8_t { high = 0, usual = 3 };

  static constexpr std::uint32_t streams_max = 128;                   ///< of one peer at once
  static constexpr std::size_t window_bytes = 256 * 1024;             ///< of a request's body that may come unasked
  static constexpr RateLimit resets{.per_second = 50, .burst = 500};  ///< of streams that ended by an error

  /// What may be wrong with a request's head.
  enum class HeadStatus : std::uint8_t {
    good,
    too_large,   ///< its fields pass the bound; those behind it are not kept
    bad_host,    ///< it does not say whom it is for
    bad_target,  ///< or what
  };

  /// What `on_read` has put into the buffer.
  struct Chunk {
    enum class Next : std::uint8_t {
      more,    ///< there will be more at once
      later,   ///< after `resume`
      end,     ///< this was the last
      failed,  ///< the answer cannot be whole: the stream is reset
    };
    std::size_t bytes = 0;
    Next next = Next::end;
  };

  /// Called from within `feed` and `output`. May call anything here but those two.
  class Listener {
   public:
    virtual void on_request(StreamId stream, HttpRequest request, HeadStatus status, bool has_body) = 0;
    virtual void on_body(StreamId stream, std::string_view bytes) = 0;
    virtual void on_body_end(StreamId stream) = 0;
    /// The next bytes of an answer's body. Without any, `next` is not `more`.
    virtual Chunk on_read(StreamId stream, std::span<char> out) = 0;
    /// Last of all calls for a stream: it was answered, or reset by either side.
    virtual void on_closed(StreamId stream) = 0;

   protected:
    ~Listener() = default;
  };

  Http2Session(std::size_t header_bytes_max, Listener& listener);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  /// False when the peer broke the protocol so that the connection cannot go on: what `output` still gives says why.
  [[nodiscard]] bool feed(std::string_view bytes, SteadyTime now);
  /// The next bytes to be sent, valid until the next call; none when nothing can be sent now.
  [[nodiscard]] std::string_view output();
  /// Whether the connection has nothing left to say or to hear.
  [[nodiscard]] bool is_over() const noexcept;
  /// Whether the peer has still to say who it is, or is in the middle of a request's fields.
  [[nodiscard]] bool awaits_head() const noexcept { return !has_settings_ || !heads_.empty(); }
  /// Whether the peer's windows let some of that stream's answer go.
  [[nodiscard]] bool may_send(StreamId stream) const noexcept;

  /// `100 Continue`: the peer may send its body.
  void ask_for_body(StreamId stream);
  /// Names may be in any case; those of HTTP/1's connections are left out. Without a body the answer is whole with
  /// this.
  void respond(StreamId stream, int status, const Fields& fields, bool has_body, Urgency urgency = Urgency::usual);
  /// There is more to read after all.
  void resume(StreamId stream);
  /// So much of a body was used, so the peer may send as much again.
  void consume(StreamId stream, std::size_t bytes);
  void reset(StreamId stream, Http2Error error);
  /// Takes no further streams; those that are open are finished.
  void go_away();

 private:
  struct Callbacks;
  /// A request whose fields are still coming.
  struct Head {
    HttpRequest request;
    std::string target;
    std::size_t bytes = 0;
  };

  bool take_field(StreamId stream, std::string_view name, std::string_view value);
  void finish_head(StreamId stream, bool has_body);
  void count_reset();

  const std::size_t header_bytes_max_;
  Listener& listener_;
  std::unique_ptr<nghttp2_session, void (*)(nghttp2_session*)> session_;
  std::unordered_map<StreamId, Head> heads_;
  TokenBucket resets_;
  StreamId reset_by_peer_ = 0;  ///< the last one
  bool has_settings_ = false;   ///< of the peer
  SteadyTime now_;
};

}  // namespace pulso::net
