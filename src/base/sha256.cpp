#include "base/sha256.h"

#include <cstdlib>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>

namespace pulso {
namespace {

EVP_MAC_CTX* context_of(std::string_view key) {
  EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  EVP_MAC_CTX* const context = algorithm ? EVP_MAC_CTX_new(algorithm) : nullptr;
  EVP_MAC_free(algorithm);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  const auto* const bytes = reinterpret_cast<const unsigned char*>(key.data());
  // Without memory or without its algorithms the library can sign nothing, and nothing can be verified.
  if (!context || EVP_MAC_init(context, bytes, key.size(), parameters) != 1) std::abort();
  return context;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

HmacSha256::HmacSha256(std::string_view key) : context_(context_of(key)) {}

HmacSha256::~HmacSha256() {
  EVP_MAC_CTX_free(context_);
}

HmacSha256::Digest HmacSha256::sign(std::string_view text) const {
  Digest digest{};
  std::size_t length = 0;
  const std::lock_guard lock{mutex_};
  const bool is_signed =
      EVP_MAC_init(context_, nullptr, 0, nullptr) == 1 &&
      EVP_MAC_update(context_, reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1 &&
      EVP_MAC_final(context_, reinterpret_cast<unsigned char*>(digest.data()), &length, digest.size()) == 1;
  if (!is_signed || length != digest.size()) std::abort();  // a digest of zeros would be everybody's
  return digest;
}

}  // namespace pulso
