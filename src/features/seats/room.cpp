#include "features/seats/room.h"

#include "features/seats/seat_event.h"
#include "features/seats/seats_messages.h"
#include "net/websocket_encoder.h"

namespace pulso::seats {

Room::SharedSnapshot Room::shared_snapshot(const RoomSnapshot& snapshot) {
  {
    const std::lock_guard lock{mutex_};
    if (shared_.text && shared_.offset == snapshot.offset) return shared_;
  }
  const std::string text = encode_current_selections(id_, snapshot, nullptr);
  SharedSnapshot made{.offset = snapshot.offset, .text = net::encode_text_frame(text), .text_deflated = {}};
  if (text.size() >= deflate_threshold_bytes) made.text_deflated = net::encode_deflated_text_frame(text);
  const std::lock_guard lock{mutex_};
  if (made.offset >= shared_.offset) shared_ = made;
  return made;
}

}  // namespace pulso::seats
