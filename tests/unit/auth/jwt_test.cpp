#include "auth/jwt.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/encoding.h"
#include "support/fake_clock.h"

namespace pulso::auth {
namespace {

const std::string secret = "a secret of at least 32 bytes, for tests";

std::string pem_of(EVP_PKEY* key, bool is_private) {
  BIO* bio = BIO_new(BIO_s_mem());
  if (is_private) {
    PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  } else {
    PEM_write_bio_PUBKEY(bio, key);
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return pem;
}

struct KeyPair {
  std::string private_pem, public_pem;
};

KeyPair generate(const char* kind) {
  EVP_PKEY* key = kind == std::string_view{"RSA"}  ? EVP_RSA_gen(2048)
                  : kind == std::string_view{"EC"} ? EVP_EC_gen("P-256")
                                                   : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  KeyPair pair{pem_of(key, true), pem_of(key, false)};
  EVP_PKEY_free(key);
  return pair;
}

/// A token with a header and claims of one's choice, signed with HMAC-SHA256 by `key`.
std::string forge(std::string_view header, std::string_view claims, const std::string& key) {
  const std::string body = base64url_encode(header) + "." + base64url_encode(claims);
  unsigned char mac[32];
  std::size_t size = sizeof(mac);
  EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(),
            reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac, sizeof(mac), &size);
  return body + "." + base64url_encode({reinterpret_cast<const char*>(mac), size});
}

class Jwt : public testing::Test {
 protected:
  [[nodiscard]] Result<Principal> verify(const std::string& token, const ClaimRules& rules = {}) const {
    return verify_token(token, {key_}, rules, clock_.now());
  }
  /// HS256 with the right secret; `claims` get an `exp` in an hour.
  [[nodiscard]] std::string token(const std::string& claims, const std::string& header = R"({"alg":"HS256"})") const {
    const auto exp = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count() + 3600;
    return forge(header, "{\"exp\":" + std::to_string(exp) + (claims.empty() ? "" : ",") + claims + "}", secret);
  }
  [[nodiscard]] long long now_seconds() const {
    return std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
  }

  support::FakeClock clock_;
  JwtKeyRef key_ = *key_from_secret(secret);
};

TEST_F(Jwt, gives_the_principal_that_it_names) {
  const auto principal = verify(token(
      R"("sub":"u1","name":"Ana","email":"a@b.c","account_id":77,"attendee_id":"x","roles":["admin"],"scope":"a:b c:d","jti":"j1")"));
  ASSERT_TRUE(principal) << principal.error().message;
  EXPECT_EQ(principal->kind, PrincipalKind::user);
  EXPECT_EQ(principal->user, UserId{"u1"});
  EXPECT_EQ(principal->name, "Ana");
  EXPECT_EQ(principal->account, "77");
  EXPECT_EQ(principal->attendee, "x");
  EXPECT_TRUE(principal->has_role("admin"));
  EXPECT_TRUE(principal->has_scope("c:d"));
  EXPECT_EQ(principal->credential, "j1");
}

TEST_F(Jwt, takes_the_aliases_of_the_users_documents) {
  EXPECT_EQ(verify(token(R"("userId":12)"))->user, UserId{"12"});
  EXPECT_EQ(verify(token(R"("id":"u","accountId":"a","attendeeId":5)"))->account, "a");
  EXPECT_EQ(verify(token(R"("sub":"s","userId":"other")"))->user, UserId{"s"});
}

TEST_F(Jwt, is_refused_when_it_was_forged) {
  const KeyPair rsa = generate("RSA");
  const std::string claims = R"({"sub":"u1","exp":9999999999})";
  const std::string good = token(R"("sub":"u1")");
  const std::string none = base64url_encode(R"({"alg":"none"})") + "." + base64url_encode(claims) + ".";
  const std::pair<const char*, std::string> tokens[] = {
      {"no signature", none},
      {"None", forge(R"({"alg":"None"})", claims, secret)},
      {"another secret", forge(R"({"alg":"HS256"})", claims, "another secret that is 32 bytes long")},
      {"a critical header", token(R"("sub":"u1")", R"({"alg":"HS256","crit":["exp"]})")},
      {"b64", token(R"("sub":"u1")", R"({"alg":"HS256","b64":false})")},
      {"no algorithm", token(R"("sub":"u1")", R"({"typ":"JWT"})")},
      {"an algorithm of the wrong type", token(R"("sub":"u1")", R"({"alg":["HS256"]})")},
      {"two parts", good.substr(0, good.rfind('.'))},
      {"four parts", good + ".x"},
      {"padding", good + "="},
      {"a changed claim", good.substr(0, good.find('.') + 5) + "A" + good.substr(good.find('.') + 6)},
      {"a huge token", std::string(token_bytes_max + 1, 'a')},
      {"a deep header", forge(std::string(50, '[') + std::string(50, ']'), claims, secret)},
      {"nothing", ""},
      {"dots", ".."},
  };
  for (const auto& [name, text] : tokens) {
    const auto refused = verify(text);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, make_error_code(Errc::unauthorized)) << name;
  }
  // The public key is public: as an HMAC secret it must be worth nothing.
  const auto confused = verify_token(forge(R"({"alg":"HS256"})", claims, rsa.public_pem),
                                     {*key_from_pem(rsa.public_pem)}, {}, clock_.now());
  EXPECT_FALSE(confused);
}

TEST_F(Jwt, is_checked_in_time_with_thirty_seconds_of_leeway) {
  const auto with = [&](const std::string& claims) {
    return verify(forge(R"({"alg":"HS256"})", "{\"sub\":\"u\"," + claims + "}", secret)).has_value();
  };
  const long long now = now_seconds();
  EXPECT_TRUE(with("\"exp\":" + std::to_string(now - 29)));
  EXPECT_FALSE(with("\"exp\":" + std::to_string(now - 30)));
  EXPECT_TRUE(with("\"exp\":" + std::to_string(now + 9) + ",\"nbf\":" + std::to_string(now + 30)));
  EXPECT_FALSE(with("\"exp\":" + std::to_string(now + 90) + ",\"nbf\":" + std::to_string(now + 31)));
  EXPECT_FALSE(with("\"iat\":1"));
  EXPECT_FALSE(with("\"exp\":\"9999999999\""));
  EXPECT_FALSE(with("\"exp\":-1"));
  EXPECT_FALSE(with("\"exp\":1e300"));
}

TEST_F(Jwt, is_for_its_issuer_audience_and_purpose_only) {
  const ClaimRules rules{"https://login.example", "shop"};
  EXPECT_TRUE(verify(token(R"("sub":"u","iss":"https://login.example","aud":["x","shop"])"), rules));
  EXPECT_FALSE(verify(token(R"("sub":"u","iss":"https://evil.example","aud":"shop")"), rules));
  EXPECT_FALSE(verify(token(R"("sub":"u","iss":"https://login.example","aud":"other")"), rules));
  EXPECT_FALSE(verify(token(R"("sub":"u","iss":"https://login.example")"), rules));
  EXPECT_FALSE(verify(token(R"("sub":"u","aud":"pulso:stream")")));
  EXPECT_NE(derive_key(secret, "stream"), derive_key(secret, "media"));
  EXPECT_EQ(derive_key(secret, "stream").size(), 32U);
}

class JwtAlgorithms : public testing::TestWithParam<const char*> {};

TEST_P(JwtAlgorithms, sign_and_verify_with_the_key_alone) {
  const support::FakeClock clock;
  const KeyPair pair = generate(GetParam()), stranger = generate(GetParam());
  const auto private_key = key_from_pem(pair.private_pem);
  ASSERT_TRUE(private_key) << private_key.error().message;
  const auto token = mint_token({.subject = "u1", .scopes = {"a", "b"}}, **private_key, clock.now());
  ASSERT_TRUE(token) << token.error().message;
  const auto verified = verify_token(*token, {*key_from_pem(pair.public_pem)}, {}, clock.now());
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->scopes, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(verified->credential.empty());
  EXPECT_FALSE(verify_token(*token, {*key_from_pem(stranger.public_pem)}, {}, clock.now()));
  EXPECT_FALSE(verify_token(*token, {*key_from_secret(secret)}, {}, clock.now()));
  std::string tampered = *token;
  tampered[tampered.size() - 10] = tampered[tampered.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(verify_token(tampered, {*key_from_pem(pair.public_pem)}, {}, clock.now()));
}

INSTANTIATE_TEST_SUITE_P(Keys, JwtAlgorithms, testing::Values("RSA", "EC", "ED25519"));

TEST(Jwks, has_its_signature_keys_pinned_to_their_algorithm) {
  const std::string set = R"({"keys":[
    {"kty":"OKP","crv":"Ed25519","kid":"ed","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    {"kty":"EC","crv":"P-256","kid":"ec","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
    {"kty":"oct","kid":"published","k":"c2VjcmV0"},
    {"kty":"EC","crv":"P-256","use":"enc","kid":"encryption","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";
  const auto keys = keys_from_jwks(set);
  ASSERT_TRUE(keys) << keys.error().message;
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ((*keys)[0]->algorithm(), JwtAlgorithm::eddsa);
  EXPECT_EQ((*keys)[1]->algorithm(), JwtAlgorithm::es256);
  for (const char* bad :
       {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[1,{}]})", R"({"keys":[{"kty":"oct","k":"x"}]})"}) {
    EXPECT_FALSE(keys_from_jwks(bad)) << bad;
  }
}

// RFC 8037, appendix A.4.
TEST(Jwks, verifies_the_example_of_rfc_8037) {
  const auto keys =
      keys_from_jwks(R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
  ASSERT_TRUE(keys);
  EXPECT_TRUE(
      keys->front()->verify("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
                            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"));
}

}  // namespace
}  // namespace pulso::auth
