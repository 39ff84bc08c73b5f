#pragma once
#include <memory>
#include <string>
#include <string_view>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/encoding.h"

namespace pulso::support {

struct KeyPairDeleter {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using OwnedKeyPair = std::unique_ptr<EVP_PKEY, KeyPairDeleter>;

/// `RSA` (2048 bits), `EC` (P-256) or `ED25519`.
inline OwnedKeyPair generate_key_pair(std::string_view kind) {
  return OwnedKeyPair{kind == "RSA"  ? EVP_RSA_gen(2048)
                      : kind == "EC" ? EVP_EC_gen("P-256")
                                     : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
}

template <class Write>
std::string pem_text(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio{BIO_new(BIO_s_mem()), &BIO_free};
  write(bio.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}
inline std::string public_pem(EVP_PKEY* key) {
  return pem_text([key](BIO* bio) { PEM_write_bio_PUBKEY(bio, key); });
}
inline std::string private_pem(EVP_PKEY* key) {
  return pem_text([key](BIO* bio) { PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

/// A token with a header and claims of one's choice, whatever they are, signed with HMAC-SHA256 by `secret`.
inline std::string forge_token(std::string_view header, std::string_view claims, const std::string& secret) {
  const std::string body = base64url_encode(header) + "." + base64url_encode(claims);
  unsigned char mac[32];
  std::size_t size = sizeof(mac);
  EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, secret.data(), secret.size(),
            reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac, sizeof(mac), &size);
  return body + "." + base64url_encode({reinterpret_cast<const char*>(mac), size});
}

/// An EdDSA token that names its key.
inline std::string sign_token(EVP_PKEY* ed25519_key, const std::string& key_id, std::string_view claims) {
  const std::string body =
      base64url_encode(R"({"alg":"EdDSA","kid":")" + key_id + "\"}") + "." + base64url_encode(claims);
  unsigned char signature[64];
  std::size_t size = sizeof(signature);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, ed25519_key);
  EVP_DigestSign(context.get(), signature, &size, reinterpret_cast<const unsigned char*>(body.data()), body.size());
  return body + "." + base64url_encode({reinterpret_cast<const char*>(signature), size});
}

/// A key set with the public part of one Ed25519 key.
inline std::string key_set(const EVP_PKEY* ed25519_key, const std::string& key_id) {
  unsigned char x[32];
  std::size_t size = sizeof(x);
  EVP_PKEY_get_raw_public_key(ed25519_key, x, &size);
  return R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":")" + key_id + R"(","x":")" +
         base64url_encode({reinterpret_cast<const char*>(x), size}) + "\"}]}";
}

}  // namespace pulso::support
