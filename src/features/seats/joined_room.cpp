#include "features/seats/joined_room.h"

#include <algorithm>
#include <utility>

#include "features/seats/seats_socket.h"

namespace pulso::seats {

JoinedRoom::JoinedRoom(SeatsSocket& socket, RoomRef room) : socket_(socket), room_(std::move(room)) {}

JoinedRoom::~JoinedRoom() = default;

void JoinedRoom::on_event(const realtime::TopicEventRef& event) {
  socket_.on_room_event(*this, event);
}

void JoinedRoom::make_live(std::uint64_t offset) noexcept {
  is_live_ = true;
  delivered_offset_ = std::max(delivered_offset_, offset);
}

void JoinedRoom::hold(realtime::TopicEventRef event) {
  if (!held_) held_ = std::make_unique<std::deque<realtime::TopicEventRef>>();
  held_->push_back(std::move(event));
}

void JoinedRoom::pop_held() noexcept {
  held_->pop_front();
  if (held_->empty()) held_.reset();
}

}  // namespace pulso::seats
