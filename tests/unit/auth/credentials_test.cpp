#include <fstream>
#include <memory>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "auth/api_keys.h"
#include "auth/audit_log.h"
#include "auth/auth_migrations.h"
#include "auth/authenticator.h"
#include "auth/jwt.h"
#include "support/database_test.h"
#include "support/fake_clock.h"
#include "support/token_forge.h"

namespace pulso::auth {
namespace {

const std::string secret = "a secret of at least 32 bytes, for tests";

class Credentials : public support::DatabaseTest {
 protected:
  void SetUp() override {
    support::DatabaseTest::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(store::migrate(*database_, auth_migrations()));
    revocations_ = std::make_unique<Revocations>(*database_);
    create({.jwt_secret = secret});
  }
  void TearDown() override {
    authenticator_.reset();
    revocations_.reset();
    database_.reset();  // its threads post to the loop
  }

  void create(AuthenticatorOptions options) {
    authenticator_ = *create_authenticator(std::move(options), *database_, *revocations_, clock_);
  }
  Result<PrincipalRef> authenticate(const std::string& credential) {
    Result<PrincipalRef> answer = fail(Errc::internal);
    boost::asio::co_spawn(
        loop_, [&]() -> boost::asio::awaitable<void> { answer = co_await authenticator_->authenticate({credential}); },
        [](const std::exception_ptr& error) { EXPECT_FALSE(error); });
    loop_.restart();
    loop_.run();
    return answer;
  }
  template <class F>
  void in_database(F work) {
    const auto done = database_->run([&](store::Session& session) -> Result<void> {
      work(session);
      return {};
    });
    EXPECT_TRUE(done);
  }
  std::string create_key(const NewApiKey& key) {
    std::string text;
    in_database([&](store::Session& session) { text = *create_api_key(session, key, clock_.now()); });
    return text;
  }
  std::string mint(const std::string& user) {
    return *mint_token({.subject = user}, **key_from_secret(secret), clock_.now());
  }

  boost::asio::io_context loop_;
  support::FakeClock clock_;
  std::unique_ptr<Revocations> revocations_;
  std::unique_ptr<Authenticator> authenticator_;
};
PULSO_FOR_EACH_ENGINE(Credentials);

TEST_P(Credentials, an_api_key_carries_account_and_scopes) {
  const std::string text = create_key({.name = "till", .account = "77", .scopes = {"seats:write", "stats:read"}});
  EXPECT_TRUE(looks_like_api_key(text));
  const auto principal = authenticate(text);
  ASSERT_TRUE(principal) << principal.error().message;
  EXPECT_EQ((*principal)->kind, PrincipalKind::api_key);
  EXPECT_EQ((*principal)->account, "77");
  EXPECT_TRUE((*principal)->has_scope("seats:write"));
  EXPECT_FALSE((*principal)->has_scope("seats"));
}

TEST_P(Credentials, an_api_key_is_refused_when_changed_expired_or_revoked) {
  const std::string text = create_key({.account = "1", .expires_at = clock_.now() + std::chrono::hours{1}});
  std::string changed = text;
  changed.back() = changed.back() == 'A' ? 'B' : 'A';
  EXPECT_FALSE(authenticate(changed));
  EXPECT_FALSE(authenticate("pulso_000000000000_" + text.substr(text.size() - 43)));
  const auto principal = authenticate(text);
  ASSERT_TRUE(principal);
  in_database([&](store::Session& session) { EXPECT_TRUE(revoke_api_key(session, (*principal)->credential)); });
  EXPECT_TRUE(revocations_->refresh());
  EXPECT_FALSE(authenticator_->still_holds(**principal));
  EXPECT_FALSE(authenticate(text));

  const std::string expiring = create_key({.account = "1", .expires_at = clock_.now() + std::chrono::hours{1}});
  const auto live = authenticate(expiring);
  clock_.advance(std::chrono::hours{1});
  EXPECT_FALSE(authenticate(expiring));
  EXPECT_FALSE(authenticator_->still_holds(**live));
}

TEST_P(Credentials, tokens_are_judged_without_waiting_and_api_keys_once_they_were_asked_for) {
  const auto at_once = [&](const std::string& text) { return authenticator_->authenticate_at_once({text}); };
  const std::string token = mint("u1");
  const auto principal = at_once(token);
  ASSERT_TRUE(principal && *principal);
  EXPECT_EQ((**principal)->user, UserId{"u1"});
  for (const std::string& wrong : {std::string{}, std::string{"x"}, token + "A"}) {
    const auto refused = at_once(wrong);
    ASSERT_TRUE(refused) << wrong;
    EXPECT_EQ(refused->error().code, make_error_code(Errc::unauthorized)) << wrong;
  }
  in_database([&](store::Session& s) { EXPECT_TRUE(revoke_token(s, (**principal)->credential, clock_.now())); });
  EXPECT_TRUE(revocations_->refresh());
  EXPECT_FALSE(*at_once(token));

  const std::string key = create_key({.account = "77", .scopes = {"a"}});
  EXPECT_FALSE(at_once(key)) << "the database would have to be asked";
  ASSERT_TRUE(authenticate(key));
  EXPECT_TRUE(at_once(key) && *at_once(key));
}

TEST_P(Credentials, the_list_of_keys_has_no_secret) {
  const std::string text = create_key({.name = "till", .account = "77", .scopes = {"a"}});
  in_database([&](store::Session& session) {
    const auto keys = list_api_keys(session);
    ASSERT_TRUE(keys);
    ASSERT_EQ(keys->size(), 1U);
    EXPECT_EQ(keys->front().name, "till");
    EXPECT_TRUE(keys->front().is_active);
    EXPECT_EQ(revoke_api_key(session, "nobody").error().code, make_error_code(Errc::not_found));
  });
}

TEST_P(Credentials, tokens_are_revoked_one_by_one_or_by_user) {
  const std::string one = mint("u1"), two = mint("u1"), other = mint("u2");
  const auto first = authenticate(one);
  ASSERT_TRUE(first);
  in_database([&](store::Session& s) { EXPECT_TRUE(revoke_token(s, (*first)->credential, clock_.now())); });
  EXPECT_TRUE(revocations_->refresh());
  EXPECT_FALSE(authenticate(one));
  EXPECT_FALSE(authenticator_->still_holds(**first));
  EXPECT_TRUE(authenticate(two));
  in_database([&](store::Session& s) { EXPECT_TRUE(revoke_user(s, "u1", clock_.now())); });
  EXPECT_TRUE(revocations_->refresh());
  EXPECT_FALSE(authenticate(two));
  EXPECT_TRUE(authenticate(other));
  clock_.advance(std::chrono::seconds{2});
  EXPECT_TRUE(authenticate(mint("u1")));  // logged in anew
}

TEST_P(Credentials, a_token_that_expires_stops_to_hold_after_the_leeway) {
  const auto principal = authenticate(mint("u1"));
  ASSERT_TRUE(principal);
  clock_.advance(std::chrono::hours{1} + clock_leeway - milliseconds{1});
  EXPECT_TRUE(authenticator_->still_holds(**principal));
  clock_.advance(milliseconds{1});
  EXPECT_FALSE(authenticator_->still_holds(**principal));
}

TEST_P(Credentials, a_revocation_reaches_the_other_instances) {
  const auto other_database = open();
  Revocations other{*other_database};
  const auto principal = authenticate(mint("u1"));
  ASSERT_TRUE(principal);
  ASSERT_TRUE(other.refresh());
  EXPECT_FALSE(other.is_revoked(**principal));
  in_database([&](store::Session& s) { EXPECT_TRUE(revoke_token(s, (*principal)->credential, clock_.now())); });
  ASSERT_TRUE(other.refresh());
  EXPECT_TRUE(other.is_revoked(**principal));
}

TEST_P(Credentials, an_anonymous_user_cannot_be_revoked) {
  in_database([&](store::Session& s) { EXPECT_TRUE(revoke_user(s, "", clock_.now())); });
  EXPECT_TRUE(revocations_->refresh());
  EXPECT_TRUE(authenticator_->still_holds(Principal{}));
}

TEST_P(Credentials, tokens_of_a_rotated_key_hold_as_soon_as_the_set_has_it) {
  const auto old_key = support::generate_key_pair("ED25519"), new_key = support::generate_key_pair("ED25519");
  const std::string file = folder_.file("jwks.json");
  const std::string claims = R"({"sub":"u1","exp":9999999999})";
  std::ofstream{file} << support::key_set(old_key.get(), "old");
  create({.jwks_file = file});
  EXPECT_TRUE(authenticate(support::sign_token(old_key.get(), "old", claims)));
  EXPECT_FALSE(authenticate(support::sign_token(new_key.get(), "old", claims)));

  std::ofstream{file} << support::key_set(new_key.get(), "new");
  EXPECT_TRUE(authenticate(support::sign_token(new_key.get(), "new", claims)));
  EXPECT_FALSE(authenticate(support::sign_token(old_key.get(), "old", claims)));

  std::ofstream{file} << "broken";
  EXPECT_FALSE(authenticator_->reload());  // and the keys in use stay
  EXPECT_TRUE(authenticate(support::sign_token(new_key.get(), "new", claims)));
}

TEST_P(Credentials, of_no_known_form_are_refused) {
  for (const char* text : {"", "x", "pulso_", "pulso_short_secret", "a.b.c", "Bearer"}) {
    const auto refused = authenticate(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, make_error_code(Errc::unauthorized)) << text;
  }
}

TEST_P(Credentials, an_audience_of_the_servers_own_cannot_be_configured) {
  EXPECT_FALSE(
      create_authenticator({.jwt_secret = secret, .audience = "pulso:streaming"}, *database_, *revocations_, clock_));
}

TEST_P(Credentials, a_missing_key_file_is_an_error_at_start) {
  EXPECT_FALSE(
      create_authenticator({.jwt_public_key_file = folder_.file("none.pem")}, *database_, *revocations_, clock_));
}

TEST_P(Credentials, the_audit_log_gives_back_its_newest_entries) {
  in_database([&](store::Session& session) {
    for (const char* action : {"a", "b", "c"}) AuditLog::write(session, {clock_.now(), "me", action, "it", ""});
    const auto entries = AuditLog::tail(session, 2);
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), 2U);
    EXPECT_EQ(entries->front().action, "b");
    EXPECT_EQ(entries->back().action, "c");
  });
}

TEST(CredentialOf, looks_in_four_places) {
  net::HttpRequest request;
  EXPECT_TRUE(credential_of(request).empty());
  request.query.emplace_back("token", "t");
  EXPECT_EQ(credential_of(request).secret, "t");
  request.query.emplace_back("api-key", "k");
  EXPECT_EQ(credential_of(request).secret, "k");
  request.headers.add("X-API-Key", "x");
  EXPECT_EQ(credential_of(request).secret, "x");
  request.headers.add("authorization", "bearer  b ");
  EXPECT_EQ(credential_of(request).secret, "b");
}

}  // namespace
}  // namespace pulso::auth
