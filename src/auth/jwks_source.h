#pragma once
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace pulso::auth {

/// Longest JSON Web Key Set that is read, in bytes.
inline constexpr std::size_t jwks_bytes_max = 256 * 1024;

/// Where a JSON Web Key Set (RFC 7517) is read from. Used by one thread at a time.
class JwksSource {
 public:
  virtual ~JwksSource() = default;
  /// The file or URL, for people.
  [[nodiscard]] virtual const std::string& name() const noexcept = 0;
  /// Whether it may be away for a while without anything being wrong here.
  [[nodiscard]] virtual bool is_remote() const noexcept = 0;
  /// The set's text. Blocks.
  [[nodiscard]] virtual Result<std::string> read() = 0;
};

[[nodiscard]] std::unique_ptr<JwksSource> create_file_jwks_source(std::string path);
/// GET over `https://` (the server's certificate is checked against the system's authorities) or `http://`, which only
/// a trusted network makes safe. Redirects are not followed. `timeout` bounds the whole exchange.
/// `Errc::invalid_argument` when it is no such URL.
[[nodiscard]] Result<std::unique_ptr<JwksSource>> create_url_jwks_source(const std::string& url,
                                                                         milliseconds timeout = milliseconds{5'000});

}  // namespace pulso::auth
