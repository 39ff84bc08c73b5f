#include <fstream>
#include <future>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "auth/api_keys.h"
#include "auth/audit_log.h"
#include "auth/auth_migrations.h"
#include "auth/authenticator.h"
#include "auth/jwt.h"
#include "support/fake_clock.h"
#include "support/temporary_folder.h"

namespace pulso::auth {
namespace {

const std::string secret = "a secret of at least 32 bytes, for tests";

class Credentials : public testing::Test {
 protected:
  Credentials() {
    EXPECT_TRUE(store::migrate(*database_, auth_migrations()));
    create({.jwt_secret = secret});
  }
  void create(AuthenticatorOptions options) {
    authenticator_ = *create_authenticator(std::move(options), *database_, revocations_, clock_);
  }
  Result<PrincipalRef> authenticate(const std::string& credential) {
    boost::asio::io_context context;
    std::optional<Result<PrincipalRef>> answer;
    boost::asio::co_spawn(
        context,
        [&]() -> boost::asio::awaitable<void> { answer = co_await authenticator_->authenticate({credential}); },
        [](const std::exception_ptr& error) { EXPECT_FALSE(error); });
    const auto guard = boost::asio::make_work_guard(context);
    while (!answer) context.run_one();
    return *std::move(answer);
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

  support::TemporaryFolder folder_;
  support::FakeClock clock_;
  std::unique_ptr<store::Database> database_ = *store::Database::open({.url = "sqlite:///" + folder_.file("auth.db")});
  Revocations revocations_{*database_};
  std::unique_ptr<Authenticator> authenticator_;
};

TEST_F(Credentials, an_api_key_carries_account_and_scopes) {
  const std::string text = create_key({.name = "till", .account = "77", .scopes = {"seats:write", "stats:read"}});
  EXPECT_TRUE(looks_like_api_key(text));
  const auto principal = authenticate(text);
  ASSERT_TRUE(principal) << principal.error().message;
  EXPECT_EQ((*principal)->kind, PrincipalKind::api_key);
  EXPECT_EQ((*principal)->account, "77");
  EXPECT_TRUE((*principal)->has_scope("seats:write"));
  EXPECT_FALSE((*principal)->has_scope("seats"));
}

TEST_F(Credentials, an_api_key_is_refused_when_changed_expired_or_revoked) {
  const std::string text = create_key({.account = "1", .expires_at = clock_.now() + std::chrono::hours{1}});
  std::string changed = text;
  changed.back() = changed.back() == 'A' ? 'B' : 'A';
  EXPECT_FALSE(authenticate(changed));
  EXPECT_FALSE(authenticate("pulso_000000000000_" + text.substr(text.size() - 43)));
  const auto principal = authenticate(text);
  ASSERT_TRUE(principal);
  in_database([&](store::Session& session) { EXPECT_TRUE(revoke_api_key(session, (*principal)->credential)); });
  EXPECT_TRUE(authenticator_->still_holds(**principal));  // until the next look into the database
  EXPECT_TRUE(revocations_.refresh());
  EXPECT_FALSE(authenticator_->still_holds(**principal));
  EXPECT_FALSE(authenticate(text));

  const std::string expiring = create_key({.account = "1", .expires_at = clock_.now() + std::chrono::hours{1}});
  const auto live = authenticate(expiring);
  clock_.advance(std::chrono::hours{1});
  EXPECT_FALSE(authenticate(expiring));
  EXPECT_FALSE(authenticator_->still_holds(**live));
}

TEST_F(Credentials, the_list_of_keys_has_no_secret) {
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

TEST_F(Credentials, tokens_are_revoked_one_by_one_or_by_user) {
  const std::string one = mint("u1"), two = mint("u1"), other = mint("u2");
  const auto first = authenticate(one);
  ASSERT_TRUE(first);
  in_database([&](store::Session& s) { EXPECT_TRUE(revoke_token(s, (*first)->credential, clock_.now())); });
  EXPECT_TRUE(revocations_.refresh());
  EXPECT_FALSE(authenticate(one));
  EXPECT_FALSE(authenticator_->still_holds(**first));
  EXPECT_TRUE(authenticate(two));
  in_database([&](store::Session& s) { EXPECT_TRUE(revoke_user(s, "u1", clock_.now())); });
  EXPECT_TRUE(revocations_.refresh());
  EXPECT_FALSE(authenticate(two));
  EXPECT_TRUE(authenticate(other));
  clock_.advance(std::chrono::seconds{2});
  EXPECT_TRUE(authenticate(mint("u1")));  // logged in anew
}

TEST_F(Credentials, a_rotated_key_set_is_read_again_when_a_token_names_an_unknown_key) {
  const std::string file = folder_.file("jwks.json");
  const auto write = [&](const std::string& id) {
    std::ofstream{file} << R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":")" << id
                        << R"(","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";
  };
  write("old");
  create({.jwks_file = file});
  write("new");
  // Signed by nobody, but its `kid` sends the server to the file.
  EXPECT_FALSE(authenticate("eyJhbGciOiJFZERTQSIsImtpZCI6Im5ldyJ9.e30.AAAA"));
  std::ofstream{file} << "broken";
  EXPECT_FALSE(authenticator_->reload());  // and the keys in use stay
}

TEST_F(Credentials, a_missing_key_file_is_an_error_at_start) {
  EXPECT_FALSE(
      create_authenticator({.jwt_public_key_file = folder_.file("none.pem")}, *database_, revocations_, clock_));
}

TEST_F(Credentials, the_audit_log_gives_back_its_newest_entries) {
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
