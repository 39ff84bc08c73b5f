#include "net/engineio_packet.h"

#include <cstdlib>

#include "net/websocket_encoder.h"

namespace {

using namespace pulso::net;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

/// A poll's body: what is read of it, written again, is what came.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view payload{reinterpret_cast<const char*>(data), size};
  EngineioPayloadReader reader{payload};
  std::string again;
  std::size_t predicted = 0;
  while (!reader.done()) {
    const auto packet = reader.next();
    if (!packet) return 0;
    require(packet->is_text || packet->type == EngineioPacketType::message);
    const FrameRef frame =
        packet->is_text
            ? encode_text_frame(static_cast<char>('0' + static_cast<int>(packet->type)) + std::string{packet->data})
            : encode_binary_frame(packet->data);
    predicted += engineio_polling_size(frame);
    append_engineio_packet(again, frame);
  }
  require(again == payload);
  require(predicted == payload.size() + 1);
  return 0;
}
