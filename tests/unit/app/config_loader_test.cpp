#include "app/config_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/app/temporary_directory.h"

namespace pulso::app {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ConfigLoader : public testing::Test {
 protected:
  ConfigLoader() { input_.directory = directory_.path(); }

  LoadedConfig loaded() {
    auto result = load_config(input_);
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? std::move(*result) : LoadedConfig{};
  }
  std::string problem() {
    const auto result = load_config(input_);
    EXPECT_FALSE(result);
    return result ? "" : result.error().message;
  }
  std::string source(std::string_view key) {
    const LoadedConfig all = loaded();
    const auto found = all.sources.find(key);
    return found == all.sources.end() ? "default" : found->second;
  }

  TemporaryDirectory directory_;
  ConfigInput input_;
};

TEST_F(ConfigLoader, StartsFromDefaults) {
  const LoadedConfig result = loaded();
  EXPECT_THAT(result.config.server.listen, ElementsAre("127.0.0.1:8001"));
  EXPECT_EQ(result.config.database.url, "sqlite:///pulso.db");
  EXPECT_THAT(result.sources, IsEmpty());
  EXPECT_THAT(result.warnings, IsEmpty());
}

TEST_F(ConfigLoader, LaterLayersWinKeyByKey) {
  directory_.write("pulso.toml",
                   "[auth]\nissuer = \"file\"\naudience = \"file\"\njwks_file = \"file\"\njwks_url = \"file\"\n");
  directory_.write(".env", "PULSO_AUTH_AUDIENCE=dotenv\nPULSO_AUTH_JWKS_FILE=dotenv\nPULSO_AUTH_JWKS_URL=dotenv\n");
  input_.environment = {{"PULSO_AUTH_JWKS_FILE", "environment"}, {"PULSO_AUTH_JWKS_URL", "environment"}};
  input_.flags = {{"--auth-jwks-url", "auth.jwks_url", "flag"}};
  const LoadedConfig result = loaded();
  EXPECT_EQ(result.config.auth.issuer, "file");
  EXPECT_EQ(result.config.auth.audience, "dotenv");
  EXPECT_EQ(result.config.auth.jwks_file, "environment");
  EXPECT_EQ(result.config.auth.jwks_url, "flag");
  EXPECT_THAT(result.sources.at("auth.issuer"), HasSubstr("pulso.toml:2"));
  EXPECT_THAT(result.sources.at("auth.audience"), HasSubstr(".env PULSO_AUTH_AUDIENCE"));
  EXPECT_EQ(result.sources.at("auth.jwks_file"), "environment PULSO_AUTH_JWKS_FILE");
  EXPECT_EQ(result.sources.at("auth.jwks_url"), "flag --auth-jwks-url");
}

TEST_F(ConfigLoader, EmptyValuesAreUnsetInEveryLayer) {
  directory_.write("pulso.toml", "[database]\nurl = \"\"\n[auth]\njwt_secret = \"from the file\"\n");
  directory_.write(".env", "JWT_SECRET=\n");
  input_.environment = {{"JWT_SECRET", ""}, {"PORT", ""}};
  input_.flags = {{"--auth-jwt-secret", "auth.jwt_secret", ""}};
  const LoadedConfig result = loaded();
  EXPECT_EQ(result.config.database.url, "sqlite:///pulso.db");
  EXPECT_EQ(result.config.auth.jwt_secret, "from the file");
  EXPECT_THAT(result.config.server.listen, ElementsAre("127.0.0.1:8001"));
}

TEST_F(ConfigLoader, HonoursTheSeedsNames) {
  input_.environment = {{"JWT_SECRET", "secret"},
                        {"PORT", "5000"},
                        {"CLIENT_URL", "http://localhost:3000/"},
                        {"SOCKET_CORS_ORIGIN", "https://a.example, https://b.example"},
                        {"SERVER_URL", "http://localhost:5000"},
                        {"STUN_SERVER", "stun:stun.example"},
                        {"TURN_SERVER", "turn:turn.example"},
                        {"TURN_USERNAME", "name"},
                        {"TURN_PASSWORD", "password"},
                        {"DATABASE_URL", "sqlite:///other.db"},
                        {"REDIS_URL", "redis://localhost"}};
  const Config config = loaded().config;
  EXPECT_EQ(config.auth.jwt_secret, "secret");
  EXPECT_THAT(config.server.listen, ElementsAre("0.0.0.0:5000"));
  EXPECT_THAT(config.server.client_urls,
              ElementsAre("http://localhost:3000", "https://a.example", "https://b.example"));
  EXPECT_EQ(config.server.server_url, "http://localhost:5000");
  EXPECT_EQ(config.ice.stun_server, "stun:stun.example");
  EXPECT_EQ(config.ice.turn_server, "turn:turn.example");
  EXPECT_EQ(config.ice.turn_username, "name");
  EXPECT_EQ(config.ice.turn_password, "password");
  EXPECT_EQ(config.database.url, "sqlite:///other.db");
  EXPECT_EQ(config.redis.url, "redis://localhost");
  EXPECT_EQ(source("server.client_urls"), "environment CLIENT_URL and SOCKET_CORS_ORIGIN");
}

TEST_F(ConfigLoader, OurOwnNameWinsOverASeedsNameOfTheSameLayer) {
  input_.environment = {{"PORT", "5000"}, {"PULSO_SERVER_LISTEN", "127.0.0.1:1"}};
  EXPECT_THAT(loaded().config.server.listen, ElementsAre("127.0.0.1:1"));
}

TEST_F(ConfigLoader, RealEnvironmentWinsOverDotenvWhateverTheName) {
  directory_.write(".env", "PULSO_SERVER_LISTEN=127.0.0.1:1\n");
  input_.environment = {{"PORT", "5000"}};
  EXPECT_THAT(loaded().config.server.listen, ElementsAre("0.0.0.0:5000"));
}

TEST_F(ConfigLoader, RepeatedFlagsMakeAListAndReplaceLowerLayers) {
  input_.environment = {{"PORT", "5000"}};
  input_.flags = {{"--listen", "server.listen", "127.0.0.1:1"}, {"--listen", "server.listen", "127.0.0.1:2"}};
  EXPECT_THAT(loaded().config.server.listen, ElementsAre("127.0.0.1:1", "127.0.0.1:2"));
}

TEST_F(ConfigLoader, LastOfRepeatedSingleFlagsWins) {
  input_.flags = {{"--log-level", "log.level", "debug"}, {"--log-level", "log.level", "error"}};
  EXPECT_EQ(loaded().config.log.level, ops::LogLevel::error);
}

TEST_F(ConfigLoader, UnknownKeyNamesFileLineAndNearestKey) {
  input_.file = directory_.write("my.toml", "[server]\nlisten = [\"127.0.0.1:1\"]\ndrain_timout = \"5s\"\n");
  EXPECT_THAT(problem(), HasSubstr("my.toml:3: unknown key server.drain_timout; the nearest known one is "
                                   "server.drain_timeout"));
}

TEST_F(ConfigLoader, AllProblemsAreToldAtOnceEachWithItsSource) {
  directory_.write("pulso.toml", "[server]\nshards = 1000\n[seats]\nhold_ttl = 5\n");
  input_.environment = {{"PULSO_LOG_LEVEL", "loud"}};
  input_.flags = {{"--limits-header-bytes", "limits.header_bytes", "many"}};
  EXPECT_THAT(problem(),
              AllOf(HasSubstr("server.shards = 1000 is not allowed: 0 to 256"), HasSubstr("pulso.toml:2)"),
                    HasSubstr("seats.hold_ttl = 5 is not a duration"), HasSubstr("pulso.toml:4)"),
                    HasSubstr("log.level = \"loud\" is not allowed"), HasSubstr("(environment PULSO_LOG_LEVEL)"),
                    HasSubstr("limits.header_bytes = \"many\" is not a whole number (flag --limits-header-bytes)")));
}

TEST_F(ConfigLoader, NamedFileMustBeThere) {
  input_.file = directory_.path() + "/absent.toml";
  EXPECT_THAT(problem(), HasSubstr("absent.toml"));
}

TEST_F(ConfigLoader, MongodbUriIsAnsweredWithDatabaseUrl) {
  input_.environment = {{"MONGODB_URI", "mongodb://user:hush@localhost/x"}};
  EXPECT_THAT(loaded().warnings, ElementsAre(AllOf(HasSubstr("DATABASE_URL"), testing::Not(HasSubstr("hush")))));
}

TEST_F(ConfigLoader, UnknownNamesOfOursInTheEnvironmentAreWarnedAbout) {
  input_.environment = {{"PULSO_LOG_LEVLE", "debug"}, {"HOME", "/root"}, {"PULSE", "1"}};
  EXPECT_THAT(loaded().warnings,
              ElementsAre("environment PULSO_LOG_LEVLE means nothing to this server; the nearest known name is "
                          "PULSO_LOG_LEVEL"));
}

}  // namespace
}  // namespace pulso::app
