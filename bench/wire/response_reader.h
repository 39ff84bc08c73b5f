#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pulso::bench {

/// Reads one HTTP/1.1 answer (RFC 9112). Its body must have a Content-Length: all servers here send one, and another
/// framing is a failure. Nothing is kept of the body.
class ResponseReader {
 public:
  /// Room for the head of an answer; a longer one is a failure.
  static constexpr std::size_t head_bytes_max = 16 * 1024;

  /// Takes bytes of the answer and returns those of its body; they live as long as `bytes`. Bytes that follow the
  /// answer are a failure: nobody asked for them.
  std::string_view feed(std::string_view bytes);
  /// Counts bytes of the body as taken that were dropped unseen, at most `body_left()`.
  void skip(std::uint64_t bytes) { body_left_ -= bytes; }

  bool has_head() const { return has_head_; }
  std::uint64_t body_left() const { return body_left_; }
  bool is_complete() const { return has_head_ && body_left_ == 0; }
  bool failed() const { return failed_; }

  /// Once it `has_head`; 0 where the status line cannot be read.
  int status() const;
  std::string_view head() const { return head_; }

 private:
  std::string head_;
  std::uint64_t body_left_ = 0;
  bool has_head_ = false;
  bool failed_ = false;
};

}  // namespace pulso::bench
