#include "net/socketio_packet.h"

#include <cstdlib>
#include <utility>

#include "base/json_write.h"
#include "support/fuzz_lines.h"

namespace {

using namespace pulso::net;

void require(bool condition) {
  if (!condition) std::abort();
}

/// An accepted packet, written again, is accepted and says the same.
void check(const SocketioPacket& packet) {
  if (packet.type != SocketioPacketType::event && packet.type != SocketioPacketType::ack) return;
  const SocketioHead head{
      .name_space = packet.name_space, .id = packet.id, .attachment_count = packet.attachments.size()};
  const std::string text = packet.type == SocketioPacketType::event
                               ? encode_socketio_event(head, packet.event, packet.arguments)
                               : encode_socketio_ack(head, packet.arguments);
  SocketioDecoder decoder;
  auto again = decoder.decode_text(std::string_view{text}.substr(1), {});
  require(again.has_value());
  for (const std::string& attachment : packet.attachments) {
    require(!*again);
    again = decoder.decode_binary(attachment);
    require(again.has_value());
  }
  require(again->has_value());
  require((*again)->event == packet.event);
  require((*again)->id == packet.id);
  // As JavaScript reads it: a double may be written as the digits of an integer, and is read as one then.
  require(pulso::write_json((*again)->arguments) == pulso::write_json(packet.arguments));
  require((*again)->attachments == packet.attachments);
}

}  // namespace

/// The first line is a text message, each that follows a binary one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  SocketioDecoder decoder;
  bool is_text = true;
  for (const std::string_view message : pulso::support::lines_of(data, size)) {
    const auto packet =
        std::exchange(is_text, false) ? decoder.decode_text(message, {}) : decoder.decode_binary(message);
    if (!packet) return 0;
    if (*packet) check(**packet);
  }
  return 0;
}
