#pragma once
#include <cstdint>

namespace pulso::net {

/// A connection with something to write: the shard calls `flush` once at the end of the loop turn in which
/// `Shard::flush_later` was called, however often it was.
class Flushable {
 public:
  virtual void flush() = 0;

 protected:
  ~Flushable() = default;

 private:
  friend class Shard;
  static constexpr std::uint32_t clean = UINT32_MAX;
  std::uint32_t dirty_index_ = clean;  ///< among those that the shard will flush
};

}  // namespace pulso::net
