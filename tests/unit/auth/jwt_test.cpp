#include "auth/jwt.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "auth/purpose.h"
#include "base/encoding.h"
#include "support/fake_clock.h"
#include "support/token_forge.h"

namespace pulso::auth {
namespace {

const std::string secret = "a secret of at least 32 bytes, for tests";

using support::forge_token;

class Jwt : public testing::Test {
 protected:
  [[nodiscard]] Result<Principal> verify(const std::string& token, const ClaimRules& rules = {}) const {
    return verify_token(token, {key_}, rules, clock_.now());
  }
  /// HS256 with the right secret; `claims` get an `exp` in an hour.
  [[nodiscard]] std::string token(const std::string& claims, const std::string& header = R"({"alg":"HS256"})") const {
    const auto exp = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count() + 3600;
    return forge_token(header, "{\"exp\":" + std::to_string(exp) + (claims.empty() ? "" : ",") + claims + "}", secret);
  }
  [[nodiscard]] long long now_seconds() const {
    return std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
  }

  support::FakeClock clock_;
  JwtKeyRef key_ = *key_from_secret(secret);
};

TEST_F(Jwt, gives_the_principal_that_it_names) {
  const auto principal = verify(token(R"("sub":"u1","name":"Ana","email":"a@b.c","account_id":77,"attendee_id":"x",)"
                                      R"("roles":["admin"],"scope":"a:b c:d","jti":"j1")"));
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
  const auto rsa = support::generate_key_pair("RSA");
  const std::string rsa_pem = support::public_pem(rsa.get());
  const std::string claims = R"({"sub":"u1","exp":9999999999})";
  const std::string good = token(R"("sub":"u1")");
  const std::string none = base64url_encode(R"({"alg":"none"})") + "." + base64url_encode(claims) + ".";
  const std::pair<const char*, std::string> tokens[] = {
      {"no signature", none},
      {"None", forge_token(R"({"alg":"None"})", claims, secret)},
      {"another secret", forge_token(R"({"alg":"HS256"})", claims, "another secret that is 32 bytes long")},
      {"a critical header", token(R"("sub":"u1")", R"({"alg":"HS256","crit":["exp"]})")},
      {"b64", token(R"("sub":"u1")", R"({"alg":"HS256","b64":false})")},
      {"no algorithm", token(R"("sub":"u1")", R"({"typ":"JWT"})")},
      {"an algorithm of the wrong type", token(R"("sub":"u1")", R"({"alg":["HS256"]})")},
      {"two parts", good.substr(0, good.rfind('.'))},
      {"four parts", good + ".x"},
      {"padding", good + "="},
      {"a changed claim", good.substr(0, good.find('.') + 5) + "A" + good.substr(good.find('.') + 6)},
      {"a huge token", std::string(token_bytes_max + 1, 'a')},
      {"claims that are not base64url", good.substr(0, good.find('.')) + ".eyJ\x94.AAAA"},
      {"claims with padding inside", good.substr(0, good.find('.')) + ".eyJzdWIi=AAA.AAAA"},
      {"claims of an impossible length", good.substr(0, good.find('.')) + ".AAAAA.AAAA"},
      {"a signature of an impossible length", good.substr(0, good.rfind('.')) + ".AAAAA"},
      {"a name twice in the header", token(R"("sub":"u1")", R"({"alg":"none","alg":"HS256"})")},
      {"a name twice in the claims", token(R"("sub":"u1","sub":"u2")")},
      {"a name twice, once escaped", token(R"("sub":"u1","\u0073ub":"u2")")},
      {"a name twice further down", token(R"("sub":"u1","x":{"y":[{"z":1,"z":2}]})")},
      {"NUL in the user's id", token(R"("sub":"u1\u0000x")")},
      {"a user's id that is no text", token(R"("sub":{"id":"u1"})")},
      {"no user", token(R"("name":"Ana")")},
      {"an algorithm of another case", token(R"("sub":"u1")", R"({"alg":"hs256"})")},
      {"HS512 with the right secret", token(R"("sub":"u1")", R"({"alg":"HS512"})")},
      {"a deep header", forge_token(std::string(50, '[') + std::string(50, ']'), claims, secret)},
      {"nothing", ""},
      {"dots", ".."},
  };
  for (const auto& [name, text] : tokens) {
    const auto refused = verify(text);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, make_error_code(Errc::unauthorized)) << name;
  }
  // The public key is public: as an HMAC secret it must be worth nothing.
  const auto confused =
      verify_token(forge_token(R"({"alg":"HS256"})", claims, rsa_pem), {*key_from_pem(rsa_pem)}, {}, clock_.now());
  EXPECT_FALSE(confused);
}

TEST_F(Jwt, has_ids_that_what_is_kept_under_them_has_room_for) {
  for (const std::string name : {"sub", "account_id", "attendee_id", "jti"}) {
    const auto with = [&](std::size_t bytes) {
      const std::string id(bytes, 'x');
      return verify(token(name == "sub" ? R"("sub":")" + id + '"' : R"("sub":"u1",")" + name + R"(":")" + id + '"'));
    };
    EXPECT_TRUE(with(id_bytes_max)) << name;
    const auto refused = with(id_bytes_max + 1);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, make_error_code(Errc::unauthorized)) << name;
  }
}

TEST_F(Jwt, is_checked_in_time_with_thirty_seconds_of_leeway) {
  const auto with = [&](const std::string& claims) {
    return verify(forge_token(R"({"alg":"HS256"})", "{\"sub\":\"u\"," + claims + "}", secret)).has_value();
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

TEST_F(Jwt, without_expiry_is_taken_only_where_that_is_allowed) {
  const std::string eternal = forge_token(R"({"alg":"HS256"})", R"({"sub":"u"})", secret);
  EXPECT_FALSE(verify(eternal));
  const auto principal = verify(eternal, {.issuer = {}, .audience = {}, .requires_expiry = false});
  ASSERT_TRUE(principal);
  EXPECT_FALSE(principal->expires_at);
}

TEST_F(Jwt, holds_its_leeway_beyond_its_expiry) {
  const auto principal = verify(token(R"("sub":"u")"));
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->expires_at, clock_.now() + std::chrono::hours{1} + clock_leeway);
}

TEST_F(Jwt, lists_are_read_from_arrays_and_from_words) {
  const auto words = verify(token(R"("sub":"u","roles":"admin editor","scope":["a","b c"])"));
  ASSERT_TRUE(words);
  EXPECT_EQ(words->roles, (std::vector<std::string>{"admin", "editor"}));
  EXPECT_EQ(words->scopes, (std::vector<std::string>{"a", "b", "c"}));
  const auto odd = verify(token(R"("sub":"u","roles":[1,null,"admin"],"scope":7)"));
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->roles, (std::vector<std::string>{"admin"}));
  EXPECT_TRUE(odd->scopes.empty());
}

TEST_F(Jwt, is_for_its_issuer_and_audience_only) {
  const ClaimRules rules{"https://login.example", "shop"};
  EXPECT_TRUE(verify(token(R"("sub":"u","iss":"https://login.example","aud":["x","shop"])"), rules));
  EXPECT_FALSE(verify(token(R"("sub":"u","iss":"https://evil.example","aud":"shop")"), rules));
  EXPECT_FALSE(verify(token(R"("sub":"u","iss":"https://login.example","aud":"other")"), rules));
  EXPECT_FALSE(verify(token(R"("sub":"u","iss":"https://login.example","aud":"shop other")"), rules));
  EXPECT_FALSE(verify(token(R"("sub":"u","iss":"https://login.example")"), rules));
}

TEST_F(Jwt, of_one_purpose_opens_no_other) {
  const JwtKeyRef stream_key = *key_for(streaming_purpose, secret), media_key = *key_for(media_purpose, secret);
  const std::string stream_audience = audience_of(streaming_purpose);
  const auto opens = [&](const std::string& text, const JwtKeyRef& key, const std::string& audience) {
    return verify_token(text, {key}, {.issuer = {}, .audience = audience}, clock_.now()).has_value();
  };
  const std::string ticket = *mint_token({.subject = "u", .audience = stream_audience}, *stream_key, clock_.now());
  EXPECT_TRUE(opens(ticket, stream_key, stream_audience));
  EXPECT_FALSE(opens(ticket, media_key, audience_of(media_purpose)));
  EXPECT_FALSE(opens(ticket, key_, ""));
  EXPECT_FALSE(opens(token(R"("sub":"u")"), stream_key, stream_audience));
  // The right audience is worth nothing with the users' key, nor the right key with another audience.
  EXPECT_FALSE(opens(*mint_token({.subject = "u", .audience = stream_audience}, *key_, clock_.now()), key_, ""));
  EXPECT_FALSE(opens(*mint_token({.subject = "u"}, *stream_key, clock_.now()), stream_key, stream_audience));
}

TEST(DerivedKeys, differ_by_purpose_and_secret) {
  EXPECT_EQ(derive_key(secret, "stream").size(), 32U);
  EXPECT_EQ(derive_key(secret, "stream"), derive_key(secret, "stream"));
  EXPECT_NE(derive_key(secret, "stream"), derive_key(secret, "media"));
  EXPECT_NE(derive_key(secret, "stream"), derive_key(secret + "x", "stream"));
}

class JwtAlgorithms : public testing::TestWithParam<const char*> {};

TEST_P(JwtAlgorithms, sign_and_verify_with_the_key_alone) {
  const support::FakeClock clock;
  const auto pair = support::generate_key_pair(GetParam()), stranger = support::generate_key_pair(GetParam());
  const JwtKeyRef public_key = *key_from_pem(support::public_pem(pair.get()));
  const JwtKeyRef strange_key = *key_from_pem(support::public_pem(stranger.get()));
  const auto private_key = key_from_pem(support::private_pem(pair.get()));
  ASSERT_TRUE(private_key) << private_key.error().message;
  const auto token = mint_token({.subject = "u1", .scopes = {"a", "b"}}, **private_key, clock.now());
  ASSERT_TRUE(token) << token.error().message;
  const auto verified = verify_token(*token, {public_key}, {}, clock.now());
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->scopes, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(verified->credential.empty());
  EXPECT_FALSE(verify_token(*token, {strange_key}, {}, clock.now()));
  EXPECT_FALSE(verify_token(*token, {*key_from_secret(secret)}, {}, clock.now()));
  std::string tampered = *token;
  tampered[tampered.size() - 10] = tampered[tampered.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(verify_token(tampered, {public_key}, {}, clock.now()));
  for (const std::string rest : {"", "AAAA", "AAAAAA"}) {
    EXPECT_FALSE(verify_token(token->substr(0, token->rfind('.') + 1) + rest, {public_key}, {}, clock.now()));
    if (!rest.empty()) EXPECT_FALSE(verify_token(*token + rest, {public_key}, {}, clock.now()));
  }
}

INSTANTIATE_TEST_SUITE_P(Keys, JwtAlgorithms, testing::Values("RSA", "EC", "ED25519"));

TEST(Jwks, has_its_signature_keys_pinned_to_their_algorithm) {
  const std::string point = R"("crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                            R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")";
  const std::string set = R"({"keys":[
    {"kty":"OKP","crv":"Ed25519","kid":"ed","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    {"kty":"EC","kid":"ec",)" +
                          point + R"(},
    {"kty":"oct","kid":"published","k":"c2VjcmV0"},
    {"kty":"EC","use":"enc","kid":"encryption",)" +
                          point + "}]}";
  const auto keys = keys_from_jwks(set);
  ASSERT_TRUE(keys) << keys.error().message;
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ((*keys)[0]->algorithm(), JwtAlgorithm::eddsa);
  EXPECT_EQ((*keys)[1]->algorithm(), JwtAlgorithm::es256);
  for (const char* bad : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[1,{}]})", R"({"keys":[{"kty":"oct","k":"x"}]})",
                          R"({"keys":[{"kty":"EC","crv":"P-256","x":"AAAA=AAAA","y":"\u0094"}]})",
                          R"({"keys":[{"kty":"RSA","e":"=","n":"="}]})"}) {
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
