#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace pulso::net {

class FrameRef;

/// Bytes as they go on the wire, encoded once and shared by every connection that sends them, on any shard. Immutable;
/// header, count and bytes are one allocation.
class Frame {
 public:
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  /// A frame of `head` followed by `tail`.
  [[nodiscard]] static FrameRef make(std::string_view head, std::string_view tail = {});
  [[nodiscard]] std::string_view bytes() const noexcept { return {reinterpret_cast<const char*>(this + 1), size_}; }

 private:
  friend class FrameRef;
  explicit Frame(std::uint32_t size) noexcept : size_(size) {}
  ~Frame() = default;
  static void destroy(const Frame* frame) noexcept;

  mutable std::atomic<std::uint32_t> references_{1};
  std::uint32_t size_;
};

/// A counted reference of one pointer's size. Thread-safe like `shared_ptr`: the count is, the reference itself is not.
class FrameRef {
 public:
  FrameRef() = default;
  FrameRef(const FrameRef& other) noexcept : frame_(other.frame_) {
    if (frame_) frame_->references_.fetch_add(1, std::memory_order_relaxed);
  }
  FrameRef(FrameRef&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  FrameRef& operator=(FrameRef other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~FrameRef() {
    if (frame_ && frame_->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) Frame::destroy(frame_);
  }

  [[nodiscard]] std::string_view bytes() const noexcept { return frame_->bytes(); }
  [[nodiscard]] std::size_t size() const noexcept { return frame_->size_; }
  explicit operator bool() const noexcept { return frame_ != nullptr; }

 private:
  friend class Frame;
  explicit FrameRef(const Frame* frame) noexcept : frame_(frame) {}
  const Frame* frame_ = nullptr;
};

}  // namespace pulso::net
