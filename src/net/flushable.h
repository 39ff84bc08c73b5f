#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pulso::net {

/// A connection with something to write: the shard calls `flush` once at the end of the loop turn in which
/// `Shard::flush_later` was called, however often it was.
class Flushable {
 public:
  struct Send {
    int descriptor = -1;
    std::string_view bytes;
  };

  virtual void flush() = 0;
  /// What `flush` would write by one `send`, so that the sends of many connections can go by one system call. No bytes
  /// when it is to be left to `flush`. What has to be joined for it is joined in `scratch`, if it fits.
  [[nodiscard]] virtual Send next_send(std::span<char> /*scratch*/) { return {}; }
  /// So much of it has left. Counts only: `flush` follows, and finds out how the socket is.
  virtual void on_sent(std::size_t /*bytes*/) {}

 protected:
  ~Flushable() = default;

 private:
  friend class Shard;
  static constexpr std::uint32_t clean = UINT32_MAX;
  std::uint32_t dirty_index_ = clean;  ///< among those that the shard will flush
};

}  // namespace pulso::net
