#include "net/socketio_packet.h"

#include <cstdlib>

#include "base/json_write.h"

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
  std::string_view rest{reinterpret_cast<const char*>(data), size};
  SocketioDecoder decoder;
  for (bool is_text = true; !rest.empty(); is_text = false) {
    const std::string_view message = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), message.size() + 1));
    const auto packet = is_text ? decoder.decode_text(message, {}) : decoder.decode_binary(message);
    if (!packet) return 0;
    if (*packet) check(**packet);
  }
  return 0;
}
