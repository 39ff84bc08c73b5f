#pragma once
#include <atomic>
#include <cstddef>

namespace pulso::net {

class Shard;

/// A live connection in its shard's list, so that a drain finds it. Sixteen bytes beside the virtual call.
class ConnectionNode {
 public:
  ConnectionNode() = default;
  ConnectionNode(const ConnectionNode&) = delete;
  ConnectionNode& operator=(const ConnectionNode&) = delete;
  /// The server is stopping: end in a way that lets the client come back elsewhere, after what is in flight.
  virtual void drain() = 0;
  /// End at once.
  virtual void abort() = 0;
  /// The loops have ended for good: let go of what keeps this alive beside their handlers.
  virtual void release() {}

 protected:
  virtual ~ConnectionNode() { unlink(); }

 private:
  friend class ConnectionList;
  void unlink() noexcept {
    if (!next_) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }
  ConnectionNode* previous_ = nullptr;
  ConnectionNode* next_ = nullptr;
};

/// The connections of one shard; touched by its thread only.
class ConnectionList {
 public:
  ConnectionList() { head_.next_ = head_.previous_ = &head_; }
  ~ConnectionList() {
    while (head_.next_ != &head_) {
      ConnectionNode& node = *head_.next_;
      node.unlink();
      node.release();
    }
    head_.next_ = head_.previous_ = nullptr;
  }
  void add(ConnectionNode& node) noexcept {
    node.previous_ = head_.previous_;
    node.next_ = &head_;
    head_.previous_->next_ = &node;
    head_.previous_ = &node;
  }
  [[nodiscard]] bool empty() const noexcept { return head_.next_ == &head_; }
  /// Counts by walking; for drains and statistics.
  [[nodiscard]] std::size_t size() const noexcept {
    std::size_t count = 0;
    for (const ConnectionNode* node = head_.next_; node != &head_; node = node->next_) ++count;
    return count;
  }
  /// Moves the first to the end and gives it; for walking the list in slices while it changes.
  [[nodiscard]] ConnectionNode& rotate() noexcept {
    ConnectionNode& node = *head_.next_;
    node.unlink();
    add(node);
    return node;
  }

 private:
  struct Head final : ConnectionNode {
    void drain() override {}
    void abort() override {}
  };
  Head head_;
};

/// Where a connection lives: its shard, that shard's list, and the server's count.
struct ConnectionPlace {
  Shard& shard;
  ConnectionList& list;
  std::atomic<std::size_t>& count;
};

}  // namespace pulso::net
