#include "app/config_report.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config_file.h"
#include "unit/app/temporary_directory.h"

namespace pulso::app {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(DescribeConfig, ShowsValuesWithSourcesAndMasksSecrets) {
  LoadedConfig loaded;
  loaded.config.auth.jwt_secret = "hush";
  loaded.config.database.url = "postgresql://pulso:hush@db/pulso";
  loaded.sources["auth.jwt_secret"] = "environment JWT_SECRET";
  const std::string text = describe_config(loaded);
  EXPECT_THAT(text, HasSubstr("[server]\nlisten = [\"127.0.0.1:8001\"]  # default\n"));
  EXPECT_THAT(text, HasSubstr("jwt_secret = \"***\"  # environment JWT_SECRET\n"));
  EXPECT_THAT(text, HasSubstr("drain_timeout = \"10s\"  # default\n"));
  EXPECT_THAT(text, Not(HasSubstr("hush")));
}

TEST(DescribeConfig, IsAFileThatCanBeReadAgain) {
  const TemporaryDirectory directory;
  LoadedConfig loaded;
  loaded.config.server.listen = {"[::1]:1", "127.0.0.1:2"};
  loaded.config.limits.requests.per_second = 0.5;
  loaded.config.seats.disconnect_policy = DisconnectPolicy::keep;
  ConfigInput input;
  input.directory = directory.path();
  input.file = directory.write("described.toml", describe_config(loaded));
  const auto again = load_config(input);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->config.server.listen, loaded.config.server.listen);
  EXPECT_EQ(again->config.limits.requests.per_second, 0.5);
  EXPECT_EQ(again->config.seats.disconnect_policy, DisconnectPolicy::keep);
}

/// The page, from whichever folder of the repository the test is run in.
std::filesystem::path documentation() {
  for (auto folder = std::filesystem::current_path(); folder != folder.root_path(); folder = folder.parent_path()) {
    if (exists(folder / "CMakePresets.json")) return folder / "docs" / "CONFIGURATION.md";
  }
  return {};
}

TEST(DocumentConfig, CommittedPageIsUpToDate) {
  const auto page = read_small_file(documentation().string());
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(*page, document_config()) << "run: pulso config docs > docs/CONFIGURATION.md";
}

}  // namespace
}  // namespace pulso::app
