#include "auth/jwt_keys.h"

#include <array>
#include <cassert>

#include <boost/json.hpp>
#include <cjose/cjose.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/encoding.h"
#include "base/json_write.h"

namespace pulso::auth {
namespace {

namespace json = boost::json;

constexpr int rsa_bits_min = 2048;                      // RFC 7518 §3.3
constexpr std::size_t es256_signature_characters = 86;  // 64 bytes in base64url
/// A token without `kid` is tried with each key of its algorithm: their number bounds what a forged one costs.
constexpr std::size_t jwks_keys_max = 64;

struct KeyDeleter {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(cjose_jwk_t* key) const noexcept { cjose_jwk_release(key); }
  void operator()(cjose_jws_t* jws) const noexcept { cjose_jws_release(jws); }
  void operator()(cjose_header_t* header) const noexcept { cjose_header_release(header); }
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  void operator()(BIGNUM* number) const noexcept { BN_clear_free(number); }
};
template <class T>
using Owned = std::unique_ptr<T, KeyDeleter>;

/// HMAC, RSA and ECDSA by libcjose.
class CjoseKey final : public JwtKey {
 public:
  CjoseKey(JwtAlgorithm algorithm, std::string id, Owned<cjose_jwk_t> key) noexcept
      : JwtKey(algorithm, std::move(id)), key_(std::move(key)) {}

  [[nodiscard]] bool verify(const std::string& token) const override {
    // libcjose halves an ECDSA signature without looking at its length (RFC 7518 §3.4).
    if (algorithm() == JwtAlgorithm::es256 && token.size() - token.rfind('.') - 1 != es256_signature_characters) {
      return false;
    }
    cjose_err error;
    const Owned<cjose_jws_t> jws{cjose_jws_import(token.data(), token.size(), &error)};
    return jws && cjose_jws_verify(jws.get(), key_.get(), &error);
  }

  [[nodiscard]] Result<std::string> sign(const std::string& payload) const override {
    cjose_err error;
    const Owned<cjose_header_t> header{cjose_header_new(&error)};
    const std::string algorithm_name{name_of(algorithm())};
    if (!header || !cjose_header_set(header.get(), CJOSE_HDR_ALG, algorithm_name.c_str(), &error) ||
        !cjose_header_set(header.get(), "typ", "JWT", &error)) {
      return fail(Errc::internal);
    }
    const Owned<cjose_jws_t> jws{cjose_jws_sign(
        key_.get(), header.get(), reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size(), &error)};
    const char* compact = nullptr;
    if (!jws || !cjose_jws_export(jws.get(), &compact, &error)) {
      return fail(Errc::invalid_argument, "this key cannot sign");
    }
    return std::string{compact};
  }

 private:
  Owned<cjose_jwk_t> key_;
};

/// Ed25519, which libcjose does not know (RFC 8037).
class Ed25519Key final : public JwtKey {
 public:
  Ed25519Key(std::string id, Owned<EVP_PKEY> key) noexcept
      : JwtKey(JwtAlgorithm::eddsa, std::move(id)), key_(std::move(key)) {}

  [[nodiscard]] bool verify(const std::string& token) const override {
    const auto dot = token.rfind('.');
    const auto signature = base64url_decode(std::string_view{token}.substr(dot + 1));
    if (!signature) return false;
    const Owned<EVP_MD_CTX> context{EVP_MD_CTX_new()};
    return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
           EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature->data()), signature->size(),
                            reinterpret_cast<const unsigned char*>(token.data()), dot) == 1;
  }

  [[nodiscard]] Result<std::string> sign(const std::string& payload) const override {
    std::string token = base64url_encode(R"({"alg":"EdDSA","typ":"JWT"})") + "." + base64url_encode(payload);
    std::array<unsigned char, 64> signature;
    std::size_t size = signature.size();
    const Owned<EVP_MD_CTX> context{EVP_MD_CTX_new()};
    if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), signature.data(), &size, reinterpret_cast<const unsigned char*>(token.data()),
                       token.size()) != 1) {
      return fail(Errc::invalid_argument, "this key cannot sign");
    }
    return token + "." + base64url_encode({reinterpret_cast<const char*>(signature.data()), size});
  }

 private:
  Owned<EVP_PKEY> key_;
};

std::string number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return {};
  const Owned<BIGNUM> number{raw};
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

std::uint8_t* bytes_of(std::string& text) {
  return text.empty() ? nullptr : reinterpret_cast<std::uint8_t*>(text.data());
}

Result<JwtKeyRef> rsa_key(const EVP_PKEY* key) {
  if (EVP_PKEY_get_bits(key) < rsa_bits_min) return fail(Errc::invalid_argument, "an RSA key has at least 2048 bits");
  std::string n = number_of(key, OSSL_PKEY_PARAM_RSA_N), e = number_of(key, OSSL_PKEY_PARAM_RSA_E);
  std::string d = number_of(key, OSSL_PKEY_PARAM_RSA_D);
  cjose_jwk_rsa_keyspec spec{};
  spec.n = bytes_of(n);
  spec.nlen = n.size();
  spec.e = bytes_of(e);
  spec.elen = e.size();
  spec.d = bytes_of(d);
  spec.dlen = d.size();
  cjose_err error;
  Owned<cjose_jwk_t> jwk{cjose_jwk_create_RSA_spec(&spec, &error)};
  if (!jwk) return fail(Errc::invalid_argument, "this RSA key cannot be used");
  return std::make_shared<CjoseKey>(JwtAlgorithm::rs256, "", std::move(jwk));
}

Result<JwtKeyRef> ec_key(const EVP_PKEY* key) {
  constexpr std::size_t coordinate_size = 32;
  if (EVP_PKEY_get_bits(key) != 256) return fail(Errc::invalid_argument, "of elliptic curves only P-256 is known");
  const auto padded = [](std::string number) {
    return number.empty() ? number : std::string(coordinate_size - number.size(), '\0') + number;
  };
  std::string x = padded(number_of(key, OSSL_PKEY_PARAM_EC_PUB_X)),
              y = padded(number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y));
  std::string d = padded(number_of(key, OSSL_PKEY_PARAM_PRIV_KEY));
  cjose_jwk_ec_keyspec spec{};
  spec.crv = CJOSE_JWK_EC_P_256;
  spec.x = bytes_of(x);
  spec.xlen = x.size();
  spec.y = bytes_of(y);
  spec.ylen = y.size();
  spec.d = bytes_of(d);
  spec.dlen = d.size();
  cjose_err error;
  Owned<cjose_jwk_t> jwk{cjose_jwk_create_EC_spec(&spec, &error)};
  if (!jwk) return fail(Errc::invalid_argument, "this elliptic curve key cannot be used");
  return std::make_shared<CjoseKey>(JwtAlgorithm::es256, "", std::move(jwk));
}

/// A key of a set, or nothing when it is for something else.
JwtKeyRef key_from_jwk(const json::object& jwk) {
  const auto text = [&](const char* name) -> std::string {
    const json::value* value = jwk.if_contains(name);
    return value && value->is_string() ? std::string{value->get_string()} : std::string{};
  };
  if (const std::string use = text("use"); !use.empty() && use != "sig") return nullptr;
  const std::string type = text("kty"), algorithm = text("alg"), curve = text("crv"), id = text("kid");
  const auto is_for = [&](std::string_view name) { return algorithm.empty() || algorithm == name; };
  if (type == "OKP" && curve == "Ed25519" && is_for("EdDSA")) {
    const auto x = base64url_decode(text("x"));
    if (!x || x->size() != 32) return nullptr;
    Owned<EVP_PKEY> key{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                                    reinterpret_cast<const unsigned char*>(x->data()), x->size())};
    return key ? std::make_shared<Ed25519Key>(id, std::move(key)) : nullptr;
  }
  // libcjose gets the public members only, and those decoded once before: it ends the process over what is not
  // base64url.
  json::object known{{"kty", type}};
  const auto take = [&](const char* name) -> std::size_t {
    const std::string value = text(name);
    const auto bytes = base64url_decode(value);
    known[name] = value;
    return bytes ? bytes->size() : 0;
  };
  std::optional<JwtAlgorithm> pinned;
  if (type == "RSA" && is_for("RS256") && take("n") * 8 >= rsa_bits_min && take("e") > 0) pinned = JwtAlgorithm::rs256;
  if (type == "EC" && curve == "P-256" && is_for("ES256") && take("x") == 32 && take("y") == 32) {
    known["crv"] = curve;
    pinned = JwtAlgorithm::es256;
  }
  if (!pinned) return nullptr;
  const std::string serialized = write_json(known);
  cjose_err error;
  Owned<cjose_jwk_t> key{cjose_jwk_import(serialized.data(), serialized.size(), &error)};
  return key ? std::make_shared<CjoseKey>(*pinned, id, std::move(key)) : nullptr;
}

}  // namespace

std::string_view name_of(JwtAlgorithm algorithm) noexcept {
  switch (algorithm) {
    case JwtAlgorithm::hs256:
      return "HS256";
    case JwtAlgorithm::rs256:
      return "RS256";
    case JwtAlgorithm::es256:
      return "ES256";
    case JwtAlgorithm::eddsa:
      return "EdDSA";
  }
  return {};
}

Result<JwtKeyRef> key_from_secret(const std::string& secret) {
  cjose_err error;
  Owned<cjose_jwk_t> key{
      cjose_jwk_create_oct_spec(reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size(), &error)};
  if (!key) return fail(Errc::invalid_argument, "the secret cannot be used as a key", "auth.jwt_secret");
  return std::make_shared<CjoseKey>(JwtAlgorithm::hs256, "", std::move(key));
}

Result<JwtKeyRef> key_from_pem(const std::string& pem) {
  const auto open = [&] { return Owned<BIO>{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))}; };
  Owned<EVP_PKEY> key{PEM_read_bio_PUBKEY(open().get(), nullptr, nullptr, nullptr)};
  if (!key) key.reset(PEM_read_bio_PrivateKey(open().get(), nullptr, nullptr, nullptr));
  if (!key) {
    const Owned<X509> certificate{PEM_read_bio_X509(open().get(), nullptr, nullptr, nullptr)};
    if (certificate) key.reset(X509_get_pubkey(certificate.get()));
  }
  if (!key) return fail(Errc::invalid_argument, "this is not a PEM key or certificate");
  switch (EVP_PKEY_get_base_id(key.get())) {
    case EVP_PKEY_RSA:
      return rsa_key(key.get());
    case EVP_PKEY_EC:
      return ec_key(key.get());
    case EVP_PKEY_ED25519:
      return std::make_shared<Ed25519Key>("", std::move(key));
    default:
      return fail(Errc::invalid_argument, "only RSA, P-256 and Ed25519 keys are known");
  }
}

Result<std::vector<JwtKeyRef>> keys_from_jwks(std::string_view text) {
  boost::system::error_code error;
  const json::value parsed = json::parse({text.data(), text.size()}, error);
  const json::object* set = error ? nullptr : parsed.if_object();
  const json::value* list = set ? set->if_contains("keys") : nullptr;
  if (!list || !list->is_array()) return fail(Errc::invalid_argument, "this is not a JSON Web Key Set");
  if (list->get_array().size() > jwks_keys_max) return fail(Errc::too_large, "the JSON Web Key Set has too many keys");
  std::vector<JwtKeyRef> keys;
  for (const json::value& entry : list->get_array()) {
    if (!entry.is_object()) continue;
    if (auto key = key_from_jwk(entry.get_object())) keys.push_back(std::move(key));
  }
  if (keys.empty()) return fail(Errc::invalid_argument, "the JSON Web Key Set has no key that can be used here");
  return keys;
}

std::string derive_key(const std::string& secret, std::string_view purpose) {
  std::string out(32, '\0');
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr);
  std::size_t size = out.size();
  const bool derived = context && EVP_PKEY_derive_init(context) == 1 &&
                       EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) == 1 &&
                       EVP_PKEY_CTX_set1_hkdf_key(context, reinterpret_cast<const unsigned char*>(secret.data()),
                                                  static_cast<int>(secret.size())) == 1 &&
                       EVP_PKEY_CTX_add1_hkdf_info(context, reinterpret_cast<const unsigned char*>(purpose.data()),
                                                   static_cast<int>(purpose.size())) == 1 &&
                       EVP_PKEY_derive(context, reinterpret_cast<unsigned char*>(out.data()), &size) == 1;
  EVP_PKEY_CTX_free(context);
  assert(derived);
  return derived ? out : std::string{};
}

}  // namespace pulso::auth
