#include "auth/media_cookie.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/jwt.h"
#include "auth/purpose.h"
#include "support/fake_clock.h"

namespace pulso::auth {
namespace {

using std::chrono::hours;
using testing::HasSubstr;
using testing::Not;

const std::string secret = "a-secret-of-at-least-32-bytes-for-tests";

/// Knows one revoked user; everybody else is fine until they expire.
class Authorities final : public Authenticator {
 public:
  explicit Authorities(const Clock& clock) : clock_(clock) {}
  boost::asio::awaitable<Result<PrincipalRef>> authenticate(Credential) override { co_return fail(Errc::internal); }
  std::optional<Result<PrincipalRef>> authenticate_at_once(const Credential&) override { return std::nullopt; }
  [[nodiscard]] bool still_holds(const Principal& principal) const noexcept override {
    return principal.user != revoked && principal.credential != revoked_token && clock_.now() < *principal.expires_at;
  }
  Result<void> reload() override { return {}; }

  UserId revoked{"nobody"};
  std::string revoked_token = "none";

 private:
  const Clock& clock_;
};

class MediaCookieTest : public testing::Test {
 protected:
  MediaCookieTest() {
    ana_.kind = PrincipalKind::user;
    ana_.user = UserId{"ana"};
    ana_.credential = "token-1";
    ana_.roles = {"admin"};
    ana_.scopes = {"tracks:write"};
    ana_.issued_at = clock_.now();
    ana_.expires_at = clock_.now() + hours{1} + clock_leeway;
  }

  [[nodiscard]] static net::HttpRequest with_cookie(const std::string& field, std::string method = "GET") {
    net::HttpRequest request;
    request.method = std::move(method);
    request.headers.add("Cookie", "other=1; " + field.substr(0, field.find(';')));
    return request;
  }

  support::FakeClock clock_;
  Authorities authorities_{clock_};
  MediaCookie cookie_ = *MediaCookie::create(secret, authorities_, clock_);
  net::HttpRequest plain_;
  Principal ana_;
};

TEST_F(MediaCookieTest, LetsAMediaElementInAsItsUserAndNothingMore) {
  const PrincipalRef known = cookie_.principal_of(with_cookie(cookie_.field_for(plain_, ana_)));
  ASSERT_TRUE(known);
  EXPECT_EQ(known->user, UserId{"ana"});
  EXPECT_EQ(known->credential, "token-1");
  EXPECT_TRUE(known->roles.empty());
  EXPECT_TRUE(known->scopes.empty());
}

TEST_F(MediaCookieTest, IsHiddenFromScriptsAndOtherSites) {
  const std::string field = cookie_.field_for(plain_, ana_);
  EXPECT_THAT(field, HasSubstr("; HttpOnly"));
  EXPECT_THAT(field, HasSubstr("; SameSite=Lax"));
  EXPECT_THAT(field, HasSubstr("; Max-Age=3600;"));
  EXPECT_THAT(field, Not(HasSubstr("Secure")));
  plain_.secure = true;
  EXPECT_THAT(cookie_.field_for(plain_, ana_), HasSubstr("; Secure"));
}

TEST_F(MediaCookieTest, CountsForReadingOnly) {
  const std::string field = cookie_.field_for(plain_, ana_);
  EXPECT_TRUE(cookie_.principal_of(with_cookie(field, "HEAD")));
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    EXPECT_FALSE(cookie_.principal_of(with_cookie(field, method))) << method;
  }
}

TEST_F(MediaCookieTest, EndsWithTheCredential) {
  const std::string field = cookie_.field_for(plain_, ana_);
  clock_.advance(hours{1} + clock_leeway);
  EXPECT_FALSE(cookie_.principal_of(with_cookie(field)));
  EXPECT_EQ(cookie_.field_for(plain_, ana_), "");
}

TEST_F(MediaCookieTest, EndsAfterTwelveHoursAtTheLatest) {
  ana_.expires_at.reset();
  const std::string field = cookie_.field_for(plain_, ana_);
  EXPECT_THAT(field, HasSubstr("Max-Age=43200;"));
  clock_.advance(hours{12} + clock_leeway);
  EXPECT_FALSE(cookie_.principal_of(with_cookie(field)));
}

TEST_F(MediaCookieTest, IsRevokedWithTheUserOrTheToken) {
  const std::string field = cookie_.field_for(plain_, ana_);
  authorities_.revoked_token = "token-1";
  EXPECT_FALSE(cookie_.principal_of(with_cookie(field)));
  authorities_.revoked_token = "none";
  EXPECT_TRUE(cookie_.principal_of(with_cookie(field)));
  authorities_.revoked = UserId{"ana"};
  EXPECT_FALSE(cookie_.principal_of(with_cookie(field)));
}

TEST_F(MediaCookieTest, IsSetAnewWhenHalfOfItsTimeIsGoneOrTheUserIsAnother) {
  const std::string field = cookie_.field_for(plain_, ana_);
  EXPECT_EQ(cookie_.field_for(with_cookie(field), ana_), "");
  Principal luz = ana_;
  luz.user = UserId{"luz"};
  EXPECT_NE(cookie_.field_for(with_cookie(field), luz), "");
  ana_.expires_at.reset();
  const std::string long_field = cookie_.field_for(plain_, ana_);
  clock_.advance(hours{7});
  EXPECT_NE(cookie_.field_for(with_cookie(long_field), ana_), "");
}

TEST_F(MediaCookieTest, IsForUsersOnly) {
  ana_.kind = PrincipalKind::api_key;
  EXPECT_EQ(cookie_.field_for(plain_, ana_), "");
  EXPECT_EQ(cookie_.field_for(plain_, Principal{}), "");
}

TEST_F(MediaCookieTest, IsNoUsersTokenNorTheOtherWayRound) {
  const auto key = *key_from_secret(secret);
  const std::string token = *mint_token({.subject = "ana"}, *key, clock_.now());
  EXPECT_FALSE(cookie_.principal_of(with_cookie("pulso_media=" + token)));
  const std::string posing =
      *mint_token({.subject = "ana", .audience = audience_of(media_purpose)}, *key, clock_.now());
  EXPECT_FALSE(cookie_.principal_of(with_cookie("pulso_media=" + posing)));
  const std::string field = cookie_.field_for(plain_, ana_);
  const std::string value = field.substr(field.find('=') + 1, field.find(';') - field.find('=') - 1);
  EXPECT_FALSE(verify_token(value, {key, *key_for(media_purpose, secret)}, ClaimRules{}, clock_.now()));
}

TEST_F(MediaCookieTest, OfAnotherServerOpensNothing) {
  const MediaCookie other = *MediaCookie::create("another-secret-of-32-bytes-or-so", authorities_, clock_);
  EXPECT_FALSE(cookie_.principal_of(with_cookie(other.field_for(plain_, ana_))));
  for (const char* field : {"pulso_media=", "pulso_media=x", "pulso_media=a.b.c", "pulso_media=...."}) {
    EXPECT_FALSE(cookie_.principal_of(with_cookie(field))) << field;
  }
}

}  // namespace
}  // namespace pulso::auth
