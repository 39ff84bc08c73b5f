#include "app/serve_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pulso::app {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

LoadedConfig with_secret() {
  LoadedConfig loaded;
  loaded.config.auth.jwt_secret = std::string(32, 's');
  return loaded;
}

std::string problem(LoadedConfig loaded) {
  const auto result = prepare_to_serve(loaded);
  EXPECT_FALSE(result);
  return result ? "" : result.error().message;
}

TEST(ServeChecks, ServingWithoutASecretIsRefusedAndSaysWhatToSet) {
  EXPECT_THAT(problem({}), AllOf(HasSubstr("JWT_SECRET is not set"), HasSubstr("--demo"), HasSubstr("jwks_url")));
}

TEST(ServeChecks, PublicKeyOrKeySetStandsInForTheSecret) {
  for (auto member : {&Config::Auth::jwt_public_key_file, &Config::Auth::jwks_file, &Config::Auth::jwks_url}) {
    LoadedConfig loaded;
    loaded.config.auth.*member = "somewhere";
    EXPECT_TRUE(prepare_to_serve(loaded));
    EXPECT_THAT(loaded.config.auth.jwt_secret, IsEmpty());
  }
}

TEST(ServeChecks, DemoGeneratesASecretAndOpensAllSystems) {
  LoadedConfig first, second;
  first.config.demo = second.config.demo = true;
  ASSERT_TRUE(prepare_to_serve(first));
  ASSERT_TRUE(prepare_to_serve(second));
  EXPECT_GE(first.config.auth.jwt_secret.size(), 32U);
  EXPECT_NE(first.config.auth.jwt_secret, second.config.auth.jwt_secret);
  EXPECT_THAT(first.config.auth.anonymous, ElementsAre("seats", "meetings", "tracks"));
  EXPECT_THAT(first.warnings, IsEmpty());
}

TEST(ServeChecks, DemoKeepsWhatWasSet) {
  LoadedConfig loaded = with_secret();
  loaded.config.demo = true;
  loaded.config.auth.anonymous = {"seats"};
  loaded.sources["auth.anonymous"] = "pulso.toml:1";
  ASSERT_TRUE(prepare_to_serve(loaded));
  EXPECT_EQ(loaded.config.auth.jwt_secret, std::string(32, 's'));
  EXPECT_THAT(loaded.config.auth.anonymous, ElementsAre("seats"));
}

TEST(ServeChecks, ShortSecretWorksWithAWarning) {
  LoadedConfig loaded;
  loaded.config.auth.jwt_secret = "short";
  ASSERT_TRUE(prepare_to_serve(loaded));
  EXPECT_THAT(loaded.warnings, ElementsAre(AllOf(HasSubstr("5 bytes"), HasSubstr("32"))));
  LoadedConfig enough = with_secret();
  ASSERT_TRUE(prepare_to_serve(enough));
  EXPECT_THAT(enough.warnings, IsEmpty());
}

TEST(ServeChecks, TlsNeedsBothFiles) {
  LoadedConfig loaded = with_secret();
  loaded.config.server.tls_cert = "cert.pem";
  EXPECT_THAT(problem(loaded), HasSubstr("server.tls_key is not set"));
  loaded.config.server.tls_key = "key.pem";
  EXPECT_TRUE(prepare_to_serve(loaded));
}

TEST(ServeChecks, AddressesMustBeReadable) {
  LoadedConfig loaded = with_secret();
  loaded.config.server.listen = {"127.0.0.1:8001", "127.0.0.1:99999"};
  loaded.config.metrics.listen = "nowhere";
  EXPECT_THAT(problem(loaded), AllOf(HasSubstr("\"127.0.0.1:99999\""), HasSubstr("metrics.listen = \"nowhere\"")));
  loaded.config.server.listen.clear();
  EXPECT_THAT(problem(loaded), HasSubstr("server.listen is empty"));
}

TEST(ServeChecks, OriginsAreSchemeAndAuthorityOnly) {
  for (const char* text :
       {"*", "shop.example", "https://", "https://shop.example/path", "https://*.example", "ftp://a"}) {
    LoadedConfig loaded = with_secret();
    loaded.config.server.client_urls = {text};
    EXPECT_THAT(problem(loaded), HasSubstr("is no origin")) << text;
  }
  LoadedConfig loaded = with_secret();
  loaded.config.server.client_urls = {"https://shop.example", "http://localhost:3000"};
  EXPECT_TRUE(prepare_to_serve(loaded));
}

TEST(ServeChecks, DatabaseMustBeOfAKnownKind) {
  LoadedConfig loaded = with_secret();
  loaded.config.database.url = "mongodb://user:hush@localhost/x";
  EXPECT_THAT(problem(loaded), AllOf(HasSubstr("database.url"), testing::Not(HasSubstr("hush"))));
}

}  // namespace
}  // namespace pulso::app
