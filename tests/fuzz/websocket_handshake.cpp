#include "net/websocket_handshake.h"

#include <cstdlib>

#include "support/fuzz_lines.h"

namespace {

using namespace pulso::net;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

/// Lines `name: value` are a handshake's fields. What is agreed to lies within what was offered and can be said again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  HttpRequest request;
  request.method = "GET";
  for (const std::string_view line : pulso::support::lines_of(data, size)) {
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    request.headers.add(std::string{line.substr(0, colon)}, std::string{line.substr(colon + 2)});
  }
  constexpr DeflateOptions with_takeover{.server_no_context_takeover = false, .client_no_context_takeover = false};
  const auto handshake = check_websocket_handshake(request, with_takeover);
  if (!handshake) {
    require(handshake.error().status >= 400);
    return 0;
  }
  require(websocket_response_head(*handshake).ends_with("\r\n\r\n"));
  require(handshake->deflate.has_value() != handshake->extensions.empty());
  if (handshake->deflate) {
    const auto& [server_no_takeover, client_no_takeover, server_bits, client_bits] = *handshake->deflate;
    require(server_bits >= 8 && server_bits <= 15 && client_bits >= 8 && client_bits <= 15);
    const auto again = negotiate_deflate(handshake->extensions, with_takeover);
    require(again && again->agreement == *handshake->deflate && again->field == handshake->extensions);
  }
  return 0;
}
