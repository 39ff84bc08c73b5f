#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/http_message.h"

namespace pulso::net {

/// HTTP/1.1 requests out of bytes (RFC 9112), without sockets. Beast does the grammar; what it leaves to its user is
/// checked here: Host, target form, path normalisation, bounds. One parser a request.
class HttpParser {
 public:
  enum class State : std::uint8_t {
    head,      ///< wants more of the head
    body,      ///< the head is complete: look at `request()`, set the body's bound, feed on
    complete,  ///< the request is whole; bytes behind it are the next one's
    failed,    ///< answer with `failure_status` and close: where the next request begins is unknown
  };

  explicit HttpParser(std::size_t header_bytes_max);
  ~HttpParser();
  HttpParser(const HttpParser&) = delete;
  HttpParser& operator=(const HttpParser&) = delete;

  /// Takes bytes and says how many it used; the caller offers the rest again with more behind it. Stops behind the
  /// head.
  std::size_t feed(std::string_view bytes);

  [[nodiscard]] State state() const noexcept { return state_; }
  /// Complete but for its body once the state is `body`.
  [[nodiscard]] HttpRequest& request() noexcept { return request_; }
  /// Before the body is fed. A longer body fails with 413, without being read when its length was declared.
  void set_body_bytes_max(std::size_t bytes_max);
  [[nodiscard]] bool expects_continue() const noexcept { return expects_continue_; }
  /// 400, 413, 417, 431 or 505, with a stable code and a sentence.
  [[nodiscard]] int failure_status() const noexcept { return failure_status_; }
  [[nodiscard]] std::string_view failure_code() const noexcept { return failure_code_; }
  [[nodiscard]] std::string_view failure_message() const noexcept { return failure_message_; }

 private:
  struct Implementation;
  void fail(int status, std::string_view code, std::string_view message) noexcept;
  void read_head();

  std::unique_ptr<Implementation> implementation_;
  HttpRequest request_;
  State state_ = State::head;
  bool expects_continue_ = false;
  int failure_status_ = 0;
  std::string_view failure_code_;
  std::string_view failure_message_;
};

/// Fills in what a request's target says (RFC 9112 §3.2): the target itself, path and query. False when it is none that
/// this server understands.
[[nodiscard]] bool read_request_target(HttpRequest& request, std::string_view target);

/// Decodes a request path segment by segment and removes `.` and `..` (RFC 3986 §5.2.4): `/a/%2e%2e/b//c` → `/b/c`.
/// Nothing when an escape is broken or hides a `/` or a NUL. A trailing slash stays.
[[nodiscard]] std::optional<std::string> normalised_path(std::string_view path);

}  // namespace pulso::net
