#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "features/seats/room_definition.h"
#include "features/seats/seat.h"
#include "net/frame.h"

namespace pulso::seats {

/// A room as this instance knows it: shared by everyone here who is in it or asks about it. Thread-safe.
class Room {
 public:
  Room(RoomId id, RoomDefinitionRef definition)
      : id_(std::move(id)), topic_("seats:" + id_.value()), definition_(std::move(definition)) {}

  [[nodiscard]] const RoomId& id() const noexcept { return id_; }
  /// Its topic in the hub.
  [[nodiscard]] const std::string& topic() const noexcept { return topic_; }
  /// Null for a room that nobody declared.
  [[nodiscard]] RoomDefinitionRef definition() const {
    const std::lock_guard lock{mutex_};
    return definition_;
  }
  void set_definition(RoomDefinitionRef definition) {
    const std::lock_guard lock{mutex_};
    definition_ = std::move(definition);
    is_stale_ = false;
  }
  /// Somebody has put it anew: to be read again before it is used.
  void mark_stale() noexcept { is_stale_ = true; }
  [[nodiscard]] bool is_stale() const noexcept { return is_stale_; }

  /// `current_selections` as those without holds see it: encoded once for all who join at one offset.
  struct SharedSnapshot {
    std::uint64_t offset = 0;
    net::FrameRef text;
    net::FrameRef text_deflated;
  };
  [[nodiscard]] SharedSnapshot shared_snapshot(const RoomSnapshot& snapshot);

  /// Whether live state has been brought in by this instance, so that commands need not wait for it.
  std::atomic<bool> is_loaded{false};
  /// Members here: connections that joined and polls that wait.
  std::atomic<std::uint32_t> member_count{0};

  /// The room's stream of changes on this instance; `RoomFeed` alone uses it.
  struct Stream {
    std::mutex mutex;
    std::uint64_t last_offset = 0;    ///< published last; 0 before anybody has joined
    bool is_recovering = false;       ///< what comes is held back until the gap before it is filled
    bool is_subscribed = false;       ///< on the bus
    std::vector<SeatChange> waiting;  ///< held back
  };
  Stream stream;

 private:
  const RoomId id_;
  const std::string topic_;
  mutable std::mutex mutex_;
  RoomDefinitionRef definition_;
  std::atomic<bool> is_stale_{false};
  SharedSnapshot shared_;
};
using RoomRef = std::shared_ptr<Room>;

}  // namespace pulso::seats
