#include "app/commands.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/admin_commands.h"
#include "app/migrations.h"
#include "support/fake_clock.h"
#include "unit/app/temporary_directory.h"

namespace pulso::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Runs commands on a SQLite database of the test's own.
class Commands : public testing::Test {
 protected:
  Commands() {
    input_.directory = directory_.path();
    input_.environment = {{"DATABASE_URL", "sqlite:///" + directory_.path() + "/pulso.db"},
                          {"JWT_SECRET", "a secret of the test, 32 bytes or more"}};
  }

  /// What the last command wrote, and forgets it.
  static std::string taken(std::ostringstream& stream) {
    std::string text = stream.str();
    stream.str("");
    return text;
  }

  TemporaryDirectory directory_;
  ConfigInput input_;
  support::FakeClock clock_;
  std::ostringstream out_, err_;
  Console console_{out_, err_};
};

TEST_F(Commands, ConfigCheckShowsTheConfigurationAndFailsWhenOneCannotServeWithIt) {
  EXPECT_EQ(run_config_check(input_, console_), 0);
  EXPECT_THAT(taken(out_), AllOf(HasSubstr("jwt_secret = \"***\"  # environment JWT_SECRET"),
                                 Not(HasSubstr("a secret of the test"))));
  input_.environment["JWT_SECRET"] = "";
  EXPECT_EQ(run_config_check(input_, console_), 1);
  EXPECT_THAT(taken(out_), HasSubstr("jwt_secret = \"\"  # default"));
  EXPECT_THAT(taken(err_), HasSubstr("JWT_SECRET is not set"));
}

TEST_F(Commands, ConfigCheckShowsWarnings) {
  input_.environment["JWT_SECRET"] = "short";
  EXPECT_EQ(run_config_check(input_, console_), 0);
  EXPECT_THAT(taken(err_), HasSubstr("warning: auth.jwt_secret has 5 bytes"));
}

TEST_F(Commands, MigrateTakesEachStepOnce) {
  EXPECT_EQ(run_migrate(input_, console_), 0);
  EXPECT_THAT(taken(out_), HasSubstr(std::to_string(all_migrations().size()) + " steps taken"));
  EXPECT_EQ(run_migrate(input_, console_), 0);
  EXPECT_THAT(taken(out_), HasSubstr("0 steps taken"));
}

TEST_F(Commands, KeyIsShownOnceListedAndRevoked) {
  ASSERT_EQ(run_key_create(input_, {.name = "shop", .account = "cinema", .scopes = {"seats:write"}}, clock_, console_),
            0);
  const std::string key = taken(out_);
  EXPECT_TRUE(key.starts_with("pulso_"));

  ASSERT_EQ(run_key_list(input_, clock_, console_), 0);
  const std::string listed = taken(out_);
  EXPECT_THAT(listed, AllOf(HasSubstr("active"), HasSubstr("account=\"cinema\""), HasSubstr("scopes=\"seats:write\""),
                            HasSubstr("expires=never"), HasSubstr("name=\"shop\"")));
  EXPECT_THAT(listed, Not(HasSubstr(key.substr(0, key.size() - 1))));

  const std::string id = listed.substr(0, listed.find(' '));
  EXPECT_EQ(run_key_revoke(input_, id, clock_, console_), 0);
  taken(out_);
  ASSERT_EQ(run_key_list(input_, clock_, console_), 0);
  EXPECT_THAT(taken(out_), HasSubstr("revoked"));
}

TEST_F(Commands, KeyExpiresAfterItsLifetime) {
  ASSERT_EQ(
      run_key_create(input_, {.account = "cinema", .scopes = {"seats:read"}, .lifetime = "90d"}, clock_, console_), 0);
  clock_.advance(std::chrono::days{91});
  taken(out_);
  ASSERT_EQ(run_key_list(input_, clock_, console_), 0);
  EXPECT_THAT(taken(out_), HasSubstr("expired"));
}

TEST_F(Commands, RevokingAnUnknownKeyFails) {
  EXPECT_EQ(run_key_revoke(input_, "nobodysownkey", clock_, console_), 1);
  EXPECT_THAT(taken(err_), Not(IsEmpty()));
}

TEST_F(Commands, TokenIsAJwt) {
  EXPECT_EQ(run_token_mint(input_, {.subject = "ana", .roles = {"admin"}}, clock_, console_), 0);
  EXPECT_TRUE(taken(out_).starts_with("eyJ"));
}

TEST_F(Commands, TokenNeedsASecretAndAPositiveLifetime) {
  EXPECT_EQ(run_token_mint(input_, {.subject = "ana", .lifetime = "0s"}, clock_, console_), 1);
  EXPECT_THAT(taken(err_), HasSubstr("--expires"));
  input_.environment.erase("JWT_SECRET");
  EXPECT_EQ(run_token_mint(input_, {.subject = "ana"}, clock_, console_), 1);
  EXPECT_THAT(taken(err_), HasSubstr("JWT_SECRET"));
}

TEST_F(Commands, CredentialChangesAreInTheAuditLogWithoutSecrets) {
  ASSERT_EQ(run_key_create(input_, {.account = "cinema", .scopes = {"seats:write"}}, clock_, console_), 0);
  std::string key = taken(out_);
  key.pop_back();
  ASSERT_EQ(run_token_revoke(input_, {.subject = "ana"}, clock_, console_), 0);
  ASSERT_EQ(run_token_revoke(input_, {.token_id = "token-1"}, clock_, console_), 0);
  taken(out_);
  ASSERT_EQ(run_audit_tail(input_, 10, console_), 0);
  const std::string entries = taken(out_);
  EXPECT_THAT(entries, AllOf(HasSubstr("api_key.create  actor=\"command line\"  subject=\"" + key.substr(6, 12) + "\""),
                             HasSubstr("detail=\"account cinema, scopes seats:write\""), HasSubstr("user.revoke"),
                             HasSubstr("subject=\"token-1\""), Not(HasSubstr(key))));
  ASSERT_EQ(run_audit_tail(input_, 1, console_), 0);
  EXPECT_THAT(taken(out_), AllOf(HasSubstr("token.revoke"), Not(HasSubstr("user.revoke"))));
}

TEST_F(Commands, UnreachableDatabaseIsAnError) {
  input_.environment["DATABASE_URL"] = "sqlite:////nonexistent/pulso.db";
  EXPECT_EQ(run_migrate(input_, console_), 1);
  EXPECT_EQ(run_key_list(input_, clock_, console_), 1);
  EXPECT_THAT(taken(err_), HasSubstr("pulso: "));
}

}  // namespace
}  // namespace pulso::app
