#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

struct io_uring;

namespace pulso::net {

/// Sends to many sockets by one system call (io_uring): a fan-out pays for entering the kernel once in `capacity`
/// sends. Used by one thread, the one that creates it.
class SendBatch {
 public:
  static constexpr std::size_t capacity = 64;
  static constexpr std::size_t scratch_size = 2048;

  /// Null where the kernel has none, or the place (a container's seccomp rules, often) forbids it.
  [[nodiscard]] static std::unique_ptr<SendBatch> create();
  ~SendBatch();
  SendBatch(const SendBatch&) = delete;
  SendBatch& operator=(const SendBatch&) = delete;

  /// Room for what has to be joined for the next `add`.
  [[nodiscard]] std::span<char> scratch() noexcept { return {&scratch_[count_ * scratch_size], scratch_size}; }
  /// At most `capacity` before each `submit`. `bytes` live until that.
  void add(int descriptor, std::string_view bytes) noexcept;
  /// Sends as `send` with MSG_DONTWAIT does. What each came to, in the order of `add`: bytes sent, or a negative errno.
  /// Valid until the next `add`. Shorter than what was added when the kernel refused to take the rest; the batch is
  /// then of no use any more.
  [[nodiscard]] std::span<const int> submit() noexcept;
  [[nodiscard]] bool is_broken() const noexcept { return is_broken_; }

 private:
  explicit SendBatch(std::unique_ptr<io_uring> ring) noexcept;

  std::unique_ptr<io_uring> ring_;
  std::unique_ptr<char[]> scratch_ = std::make_unique_for_overwrite<char[]>(capacity * scratch_size);
  std::size_t count_ = 0;
  bool is_broken_ = false;
  int results_[capacity] = {};
};

}  // namespace pulso::net
