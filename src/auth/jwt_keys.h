#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pulso::auth {

enum class JwtAlgorithm : std::uint8_t { hs256, rs256, es256, eddsa };

/// The name in a token's `alg` (RFC 7518 §3.1, RFC 8037 §3.1).
[[nodiscard]] std::string_view name_of(JwtAlgorithm algorithm) noexcept;

/// One key with the one algorithm that it may be used with: a token cannot choose (RFC 8725 §3.1). Immutable and
/// shared.
class JwtKey {
 public:
  virtual ~JwtKey() = default;
  [[nodiscard]] JwtAlgorithm algorithm() const noexcept { return algorithm_; }
  /// `kid`, or empty for a key that was configured by itself.
  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  /// Whether the signature of a compact JWS holds. `token` has three parts of strict base64url, as `read_token_head`
  /// sees to; its `alg` has been compared already.
  [[nodiscard]] virtual bool verify(const std::string& token) const = 0;
  /// A compact JWS of `payload`; only keys with a secret or private part can.
  [[nodiscard]] virtual Result<std::string> sign(const std::string& payload) const = 0;

 protected:
  JwtKey(JwtAlgorithm algorithm, std::string id) noexcept : algorithm_(algorithm), id_(std::move(id)) {}

 private:
  JwtAlgorithm algorithm_;
  std::string id_;
};
using JwtKeyRef = std::shared_ptr<const JwtKey>;

/// HS256 by a shared secret.
[[nodiscard]] Result<JwtKeyRef> key_from_secret(const std::string& secret);
/// RS256 (2048 bits at least), ES256 (P-256) or EdDSA (Ed25519) by a PEM text: a public key, a certificate, or a
/// private key that can sign as well. Which of them follows from the key.
[[nodiscard]] Result<JwtKeyRef> key_from_pem(const std::string& pem);
/// The signature keys of a JWKS (RFC 7517 §5). Keys for other uses or algorithms are passed over; symmetric ones too,
/// since a published secret is none. Fails when none is left.
[[nodiscard]] Result<std::vector<JwtKeyRef>> keys_from_jwks(std::string_view json);

/// A key for one internal purpose, derived from the secret (HKDF-SHA256, RFC 5869): what one purpose has signed is
/// worth nothing to another. 32 bytes.
[[nodiscard]] std::string derive_key(const std::string& secret, std::string_view purpose);

}  // namespace pulso::auth
