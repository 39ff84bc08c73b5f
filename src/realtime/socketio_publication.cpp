#include "realtime/socketio_publication.h"

#include <algorithm>
#include <utility>

#include "net/socketio_packet.h"
#include "net/websocket_encoder.h"

namespace pulso::realtime {
namespace {

/// Past the header of a server's frame (RFC 6455 §5.2): its length says how long it is.
std::string_view payload_of(const net::FrameRef& frame) noexcept {
  const std::string_view bytes = frame.bytes();
  const auto length = static_cast<unsigned char>(bytes[1]) & 0x7F;
  return bytes.substr(length < 126 ? 2 : length == 126 ? 4 : 10);
}

}  // namespace

SocketioPublication::SocketioPublication(SocketioDraft draft, LogPosition at,
                                         std::shared_ptr<SocketioAnswers> answers_to, std::size_t deflate_threshold)
    : kind(draft.kind),
      target(std::move(draft.target)),
      closes_transport(draft.closes_transport),
      rooms(std::move(draft.rooms)),
      owner(draft.owner),
      position(at),
      answers(std::move(answers_to)) {
  if (kind != PublicationKind::event) return;
  frames_ = net::frames_of_socketio(draft.text, draft.attachments);
  is_worth_deflating_ = deflate_threshold > 0 && draft.text.size() >= deflate_threshold;
}

std::span<const net::FrameRef> SocketioPublication::deflated() const {
  if (!is_worth_deflating_) return {};
  std::call_once(deflating_, [this] {
    deflated_.resize(frames_.size());
    deflated_.front() = net::encode_deflated_text_frame(payload_of(frames_.front()));
  });
  return deflated_;
}

std::size_t SocketioPublication::bytes() const noexcept {
  std::size_t count = sizeof *this;
  for (const net::FrameRef& frame : frames_) count += frame.size();
  return count;
}

bool SocketioTarget::includes(std::span<const std::string> member_rooms) const noexcept {
  const auto is_member = [member_rooms](const std::string& room) {
    return std::ranges::find(member_rooms, room) != member_rooms.end();
  };
  return (rooms.empty() || std::ranges::any_of(rooms, is_member)) && std::ranges::none_of(except, is_member);
}

}  // namespace pulso::realtime
