#pragma once
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace pulso::auth {

/// An immutable value that is read by every thread and now and then replaced whole. A lock and not
/// `std::atomic<std::shared_ptr>`: the one of libstdc++ 12 unlocks in an order that ThreadSanitizer rightly reports.
template <class T>
class SharedSnapshot {
 public:
  explicit SharedSnapshot(T value = {}) : value_(std::make_shared<const T>(std::move(value))) {}
  [[nodiscard]] std::shared_ptr<const T> load() const {
    const std::shared_lock lock{mutex_};
    return value_;
  }
  void store(T value) {
    auto fresh = std::make_shared<const T>(std::move(value));
    const std::lock_guard lock{mutex_};
    value_.swap(fresh);
  }

 private:
  mutable std::shared_mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace pulso::auth
