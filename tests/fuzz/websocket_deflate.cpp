#include "net/websocket_deflate.h"

#include <cstdlib>

namespace {

using namespace pulso::net;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

/// Anything inflates within its bound or fails; anything deflates to something that inflates to it again. The first
/// byte chooses what was agreed to.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::size_t bytes_max = 20'000;
  const bool no_takeover = (data[0] & 1) != 0;
  const int window_bits = 8 + (data[0] >> 1) % 8;
  const DeflateAgreement agreement{.server_no_context_takeover = no_takeover,
                                   .client_no_context_takeover = no_takeover,
                                   .server_max_window_bits = window_bits,
                                   .client_max_window_bits = window_bits};
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};

  DeflateCodec hostile{agreement};
  std::string message;
  for (int i = 0; i < 2 && hostile.inflate(bytes, bytes_max, message) == InflateResult::ok; ++i) {
    require(message.size() <= bytes_max);
  }

  DeflateCodec sender{agreement}, receiver{agreement};
  for (int i = 0; i < 2; ++i) {
    require(receiver.inflate(sender.deflate(bytes), bytes.size(), message) == InflateResult::ok);
    require(message == bytes);
  }
  return 0;
}
