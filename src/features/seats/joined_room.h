#pragma once
#include <cstdint>
#include <deque>
#include <memory>

#include "features/seats/room.h"
#include "features/seats/seat_event.h"
#include "realtime/hub.h"

namespace pulso::seats {

class SeatsSocket;

/// One room that a connection is in: its place in the room's stream. Small, since there is one for every idle viewer.
class JoinedRoom final : public realtime::Subscriber {
 public:
  JoinedRoom(SeatsSocket& socket, RoomRef room);
  ~JoinedRoom();

  void on_event(const realtime::TopicEventRef& event) override;

  [[nodiscard]] const RoomRef& room() const noexcept { return room_; }
  /// Whether the answer to the join has left: until then events are held back.
  [[nodiscard]] bool is_live() const noexcept { return is_live_; }
  void make_live(std::uint64_t offset) noexcept;

  [[nodiscard]] std::uint64_t delivered_offset() const noexcept { return delivered_offset_; }
  void set_delivered(std::uint64_t offset) noexcept { delivered_offset_ = offset; }

  /// Events held back until an answer before them has left.
  [[nodiscard]] bool has_held() const noexcept { return held_ != nullptr; }
  [[nodiscard]] std::size_t held_count() const noexcept { return held_ ? held_->size() : 0; }
  [[nodiscard]] const realtime::TopicEventRef& first_held() const noexcept { return held_->front(); }
  void hold(realtime::TopicEventRef event);
  void pop_held() noexcept;

  std::unique_ptr<JoinedRoom> next;  ///< of the same connection
  realtime::Subscription subscription;

 private:
  SeatsSocket& socket_;
  RoomRef room_;
  std::uint64_t delivered_offset_ = 0;
  std::unique_ptr<std::deque<realtime::TopicEventRef>> held_;
  bool is_live_ = false;
};

}  // namespace pulso::seats
