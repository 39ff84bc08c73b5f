#include "net/http_request_context.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/random.h"

namespace pulso::net {
namespace {

/// An even number of hexadecimal digits for an id that has to be new, not secret.
std::string random_hex(std::size_t digits) {
  std::string bytes;
  while (bytes.size() * 2 < digits) bytes += static_cast<char>(random_below(256));
  return hex_encode(bytes);
}

/// `00-<32 hex>-<16 hex>-<2 hex>`: the caller's trace goes on with a span of our own; anything else starts a new one.
std::string continued_trace(std::string_view parent) {
  const auto is_hex = [](std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  };
  const bool valid = parent.size() == 55 && parent.starts_with("00-") && parent[35] == '-' && parent[52] == '-' &&
                     is_hex(parent.substr(3, 32)) && is_hex(parent.substr(36, 16)) && is_hex(parent.substr(53, 2));
  const std::string trace = valid ? std::string{parent.substr(3, 32)} : random_hex(32);
  return fmt::format("00-{}-{}-{}", trace, random_hex(16), valid ? parent.substr(53, 2) : "01");
}

}  // namespace

void complete_request(HttpRequest& request, const HttpOptions& options) {
  if (options.is_trusted_proxy(request.remote_address)) {
    // The last hop is the one that our proxy saw; what stands before it is the client's own word.
    const std::string_view hops = request.headers.get("X-Forwarded-For");
    const auto comma = hops.rfind(',');
    const auto last = trimmed(comma == std::string_view::npos ? hops : hops.substr(comma + 1));
    if (!last.empty() && last.size() <= 45) request.remote_address = last;
    if (equals_ignoring_case(request.headers.get("X-Forwarded-Proto"), "https")) request.secure = true;
  }
  const std::string_view id = request.headers.get("X-Request-Id");
  const bool usable = id.size() <= 128 && std::ranges::all_of(id, [](char c) { return c > ' ' && c < 127; });
  request.request_id = usable && !id.empty() ? std::string{id} : random_hex(16);
  request.traceparent = continued_trace(request.headers.get("traceparent"));
}

}  // namespace pulso::net
