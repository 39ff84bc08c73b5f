#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

struct redisReader;

namespace pulso::bus {

/// What a Redis server answered (RESP2). A status such as `+OK` is a string. Reading the wrong kind gives the empty
/// value of the asked kind, so that a script's answer can be taken apart without checks at each step; who must know
/// asks `is_…` first.
class RedisReply {
 public:
  struct Failure {
    std::string text;  ///< `MOVED 866 127.0.0.1:7001`: a code in capitals, then words
  };
  using Array = std::vector<RedisReply>;

  RedisReply() = default;
  explicit RedisReply(std::int64_t number) : value_(number) {}
  explicit RedisReply(std::string text) : value_(std::move(text)) {}
  explicit RedisReply(Array elements) : value_(std::move(elements)) {}
  explicit RedisReply(Failure failure) : value_(std::move(failure)) {}

  [[nodiscard]] bool is_nil() const noexcept { return std::holds_alternative<std::monostate>(value_); }
  [[nodiscard]] bool is_integer() const noexcept { return std::holds_alternative<std::int64_t>(value_); }
  [[nodiscard]] bool is_string() const noexcept { return std::holds_alternative<std::string>(value_); }
  [[nodiscard]] bool is_array() const noexcept { return std::holds_alternative<Array>(value_); }
  [[nodiscard]] bool is_error() const noexcept { return std::holds_alternative<Failure>(value_); }

  /// The integer, or a string that is one in decimal; else nothing.
  [[nodiscard]] std::optional<std::int64_t> integer() const noexcept;
  /// The string, or `""`.
  [[nodiscard]] std::string_view string() const noexcept;
  /// The elements, or none.
  [[nodiscard]] std::span<const RedisReply> array() const noexcept;
  /// Element `index`, or nil past the end and for what is no array.
  [[nodiscard]] const RedisReply& operator[](std::size_t index) const noexcept;
  /// The text of an error reply, or `""`.
  [[nodiscard]] std::string_view error() const noexcept;
  /// Whether this is an error reply of that code: `has_code("NOSCRIPT")`.
  [[nodiscard]] bool has_code(std::string_view code) const noexcept;

 private:
  friend struct RedisReplyBuilder;
  std::variant<std::monostate, std::int64_t, std::string, Array, Failure> value_;
};

/// The reply, or a failure where it is an error reply: what Redis itself says is for the log, not for clients.
[[nodiscard]] Result<RedisReply> checked(Result<RedisReply> reply);

/// Bytes of a server in, replies out. An error is final: the stream has lost its frame.
class RedisReplyReader {
 public:
  static constexpr std::size_t reply_bytes_max = std::size_t{64} << 20;
  static constexpr int array_length_max = 1 << 18;  ///< nesting is bounded too, by 7

  RedisReplyReader();
  [[nodiscard]] Result<void> feed(std::string_view bytes);
  /// The next complete reply, or nothing until more bytes come.
  [[nodiscard]] Result<std::optional<RedisReply>> next();

 private:
  struct Free {
    void operator()(redisReader* reader) const noexcept;
  };
  std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace pulso::bus
