#pragma once

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
  Flushable* next_dirty_ = nullptr;
  bool is_dirty_ = false;
};

}  // namespace pulso::net
