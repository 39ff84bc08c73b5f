#include "app/config_file.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pulso::app {
namespace {

using testing::HasSubstr;
using testing::Not;

std::map<std::string, std::string> dotenv(std::string_view text) {
  std::map<std::string, std::string> out;
  const auto entries = parse_dotenv(text, ".env");
  EXPECT_TRUE(entries) << entries.error().message;
  for (const FileEntry& entry : *entries) out[entry.key] = std::get<std::string>(entry.value);
  return out;
}

TEST(Toml, GivesKeysWithSectionsTypesAndLines) {
  const auto entries = parse_toml("[server]\nlisten = [\"a\", \"b\"]\nshards = 2\n[log]\nlevel = \"info\"\n", "f");
  ASSERT_TRUE(entries);
  std::map<std::string, FileEntry> by_key;
  for (const FileEntry& entry : *entries) by_key[entry.key] = entry;
  ASSERT_EQ(by_key.size(), 3U);
  EXPECT_EQ(by_key["server.listen"].value, (RawValue{std::vector<std::string>{"a", "b"}}));
  EXPECT_EQ(by_key["server.shards"].value, RawValue{std::int64_t{2}});
  EXPECT_EQ(by_key["server.shards"].line, 3U);
  EXPECT_EQ(by_key["log.level"].value, RawValue{std::string{"info"}});
}

TEST(Toml, TypesThatNoPropertyHasAreKeptAsUnknown) {
  const auto entries = parse_toml("a = 2024-01-15\nb = [1, \"x\"]\n", "f");
  ASSERT_TRUE(entries);
  for (const FileEntry& entry : *entries) EXPECT_TRUE(std::holds_alternative<std::monostate>(entry.value));
}

TEST(Toml, SyntaxErrorsNameFileAndLine) {
  const auto entries = parse_toml("[server]\nlisten = \n", "pulso.toml");
  ASSERT_FALSE(entries);
  EXPECT_THAT(entries.error().message, HasSubstr("pulso.toml:2: "));
}

TEST(Dotenv, ReadsPlainLinesCommentsAndExports) {
  const auto values = dotenv("\xEF\xBB\xBF# first\r\nA=1\r\n\n export B = two words # why\nC=\nD=a#b\nE=#\nF=x=y\n");
  EXPECT_EQ(values, (std::map<std::string, std::string>{
                        {"A", "1"}, {"B", "two words"}, {"C", ""}, {"D", "a#b"}, {"E", ""}, {"F", "x=y"}}));
}

TEST(Dotenv, ReadsQuotedValues) {
  const auto values = dotenv("A='a \\n $x # b' # c\nB=\"a\\n\\\"b\\\\\\x\"\nC=\"\"\n");
  EXPECT_EQ(values, (std::map<std::string, std::string>{{"A", "a \\n $x # b"}, {"B", "a\n\"b\\\\x"}, {"C", ""}}));
}

TEST(Dotenv, ErrorsNameTheLineButNoValue) {
  for (const std::string_view text : {"A=1\nhush\n", "A=1\nB C=hush\n", "A=1\nB='hush\n", "A=1\nB=\"hush\"x\n"}) {
    const auto entries = parse_dotenv(text, ".env");
    ASSERT_FALSE(entries) << text;
    EXPECT_THAT(entries.error().message, HasSubstr(".env:2: "));
    EXPECT_THAT(entries.error().message, Not(HasSubstr("hush")));
  }
}

TEST(ReadSmallFile, TellsAMissingFileApart) {
  EXPECT_EQ(read_small_file("/nonexistent/pulso.toml").error().code, Errc::not_found);
  EXPECT_THAT(read_small_file("/nonexistent/pulso.toml").error().message, HasSubstr("/nonexistent/pulso.toml"));
}

TEST(ReadSmallFile, IsBounded) {
  EXPECT_EQ(read_small_file("/dev/zero").error().code, Errc::too_large);
}

}  // namespace
}  // namespace pulso::app
