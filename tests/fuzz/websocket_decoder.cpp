#include "net/websocket_decoder.h"

#include <cstdlib>
#include <string>

#include "net/utf8.h"
#include "net/websocket_deflate.h"

namespace {

using namespace pulso::net;
using Type = WebSocketEvent::Type;

constexpr WebSocketLimits limits{.message_bytes_max = 4096, .fragments_max = 16};
constexpr DeflateAgreement agreement{.server_no_context_takeover = true, .client_no_context_takeover = false};

void require(bool condition) {
  if (!condition) std::abort();
}

void append(std::string& out, const WebSocketEvent& event) {
  if (event.type == Type::message) {
    require(event.payload.size() <= limits.message_bytes_max);
    require(!event.is_text || is_valid_utf8(event.payload));
  }
  if (event.type == Type::error) require(event.code >= 1002 && event.code <= 1009 && !event.payload.empty());
  if (event.type == Type::close) require(event.code >= 1000 && event.code < 5000 && is_valid_utf8(event.payload));
  out += static_cast<char>(event.type);
  out += static_cast<char>(event.is_text);
  out += std::to_string(event.code);
  out += event.payload;
}

/// All events of `bytes`, fed in pieces of `piece_bytes`.
std::string decode(std::string_view bytes, std::size_t piece_bytes, bool deflates) {
  DeflateCodec codec{agreement};
  WebSocketDecoder decoder;
  std::string out;
  while (!bytes.empty()) {
    std::string piece{bytes.substr(0, piece_bytes)};
    bytes.remove_prefix(piece.size());
    std::span<char> input{piece};
    while (true) {
      const WebSocketEvent event = decoder.next(input, limits, deflates ? &codec : nullptr);
      if (event.type == Type::need_more) break;
      append(out, event);
    }
    require(input.empty());
  }
  return out;
}

}  // namespace

/// The first byte chooses compression and the size of pieces, the rest is what a client sends. However it is cut, the
/// same comes out, within its bounds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool deflates = (data[0] & 1) != 0;
  const std::size_t piece_bytes = 1 + (data[0] >> 1);
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  require(decode(bytes, piece_bytes, deflates) == decode(bytes, std::string::npos, deflates));
  return 0;
}
