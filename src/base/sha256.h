#pragma once
#include <array>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include <openssl/types.h>

namespace pulso {

/// SHA-256 (FIPS 180-4): 32 bytes, as they are.
[[nodiscard]] std::string sha256(std::string_view bytes);

/// HMAC-SHA256 (RFC 2104) under one key, which is made ready once: a signature then costs a sixth of one that begins
/// with the key. Thread-safe.
class HmacSha256 {
 public:
  static constexpr std::size_t digest_bytes = 32;
  using Digest = std::array<char, digest_bytes>;

  explicit HmacSha256(std::string_view key);
  ~HmacSha256();
  HmacSha256(const HmacSha256&) = delete;
  HmacSha256& operator=(const HmacSha256&) = delete;

  [[nodiscard]] Digest sign(std::string_view text) const;

 private:
  mutable std::mutex mutex_;
  EVP_MAC_CTX* const context_;
};

}  // namespace pulso
