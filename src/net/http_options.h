#pragma once
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/token_bucket.h"

namespace pulso::net {

/// Bounds and policies of the HTTP side, the same for every listener.
struct HttpOptions {
  std::size_t header_bytes_max = 16 * 1024;
  milliseconds header_timeout{10'000};  ///< from the first byte of a request (or the accept) to its last header
  milliseconds body_timeout{30'000};    ///< for a whole body
  milliseconds write_timeout{30'000};   ///< for one step of an answer that the peer does not take
  milliseconds keep_alive_timeout{75'000};
  std::size_t connections_per_address_max = 0;  ///< 0: no limit
  RateLimit requests_per_address;
  /// Origins that may read answers and open WebSockets, as `https://shop.example`; the server's own always may.
  std::vector<std::string> allowed_origins;
  bool allow_null_origin = false;   ///< pages from `file://`, in demonstrations only
  bool reflect_any_origin = false;  ///< for protocol test servers only
  /// Peers whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
  std::vector<std::string> trusted_proxies;

  [[nodiscard]] bool is_trusted_proxy(std::string_view address) const {
    return std::ranges::find(trusted_proxies, address) != trusted_proxies.end();
  }
};

}  // namespace pulso::net
