#include "ops/log_line.h"

#include <array>

#include <gtest/gtest.h>

namespace pulso::ops {
namespace {

constexpr WallTime some_time{milliseconds{1705314600000}};

std::string text_line(std::string_view value) {
  const std::array fields{LogField{"value", value}};
  return format_log_line(LogFormat::text, some_time, LogLevel::info, "net", "seen", fields);
}

std::string quoted(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

TEST(LogLine, TextHasTimeLevelModuleMessageAndFields) {
  const std::array fields{LogField{"address", "127.0.0.1:8001"}, LogField{"shards", 2}};
  EXPECT_EQ(format_log_line(LogFormat::text, some_time, LogLevel::info, "net", "listening on", fields),
            "2024-01-15T10:30:00.000Z info  net listening on address=127.0.0.1:8001 shards=2");
}

TEST(LogLine, JsonIsOneObjectWithEscapedFields) {
  const std::array fields{LogField{"path", "/a\"b\n"}};
  EXPECT_EQ(format_log_line(LogFormat::json, some_time, LogLevel::error, "net", "refused", fields),
            R"({"time":"2024-01-15T10:30:00.000Z","level":"error","module":"net","message":"refused",)"
            R"("path":"/a\"b\n"})");
}

TEST(LogLine, TextQuotesWhatCouldForgeAFieldOrALine) {
  EXPECT_TRUE(text_line("a b").ends_with(R"(value="a b")"));
  EXPECT_TRUE(text_line("a=b").ends_with(R"(value="a=b")"));
  EXPECT_TRUE(text_line("").ends_with(R"(value="")"));
  EXPECT_TRUE(text_line("a\n2024 error forged").ends_with(R"(value="a\n2024 error forged")"));
}

TEST(LogLine, MessageCannotBreakTheLine) {
  EXPECT_EQ(format_log_line(LogFormat::text, some_time, LogLevel::info, "net", "a\nb", {}),
            "2024-01-15T10:30:00.000Z info  net \"a\\nb\"");
}

TEST(LogLine, QuotingKeepsValidUtf8) {
  EXPECT_EQ(quoted("año €😀"), "\"año €😀\"");
}

TEST(LogLine, QuotingReplacesBrokenUtf8AndEscapesControls) {
  EXPECT_EQ(quoted("a\xFF"
                   "b"),
            "\"a\\ufffdb\"");
  EXPECT_EQ(quoted("\xC0\xAF"), "\"\\ufffd\\ufffd\"") << "overlong";
  EXPECT_EQ(quoted("\xED\xA0\x80"), "\"\\ufffd\\ufffd\\ufffd\"") << "surrogate";
  EXPECT_EQ(quoted("\xF4\x90\x80\x80"), "\"\\ufffd\\ufffd\\ufffd\\ufffd\"") << "above U+10FFFF";
  EXPECT_EQ(quoted("\xE2\x82"), "\"\\ufffd\\ufffd\"") << "cut off";
  EXPECT_EQ(quoted("\x1B[31m\x7F"), "\"\\u001b[31m\\u007f\"");
  EXPECT_EQ(quoted(std::string_view{"\0", 1}), "\"\\u0000\"");
}

TEST(WithoutSecrets, MasksValuesOfSecretParameters) {
  EXPECT_EQ(without_secrets("/ws?token=abc&room=1"), "/ws?token=***&room=1");
  EXPECT_EQ(without_secrets("/events?room=1&api-key=abc"), "/events?room=1&api-key=***");
  EXPECT_EQ(without_secrets("/a?session=1&signature=2&access_token=3"),
            "/a?session=***&signature=***&access_token=***");
}

TEST(WithoutSecrets, SeesThroughCaseAndEscapesOfNames) {
  EXPECT_EQ(without_secrets("/a?TOKEN=abc"), "/a?TOKEN=***");
  EXPECT_EQ(without_secrets("/a?%74oken=abc"), "/a?%74oken=***");
  EXPECT_EQ(without_secrets("/a?to%zzken=abc"), "/a?to%zzken=***");
}

TEST(WithoutSecrets, SeesOtherSeparators) {
  EXPECT_EQ(without_secrets("/a?b=1;token=abc"), "/a?b=1;token=***");
  EXPECT_EQ(without_secrets("/a?b=1?token=abc#token=d"), "/a?b=1?token=***#token=***");
}

TEST(WithoutSecrets, LeavesOtherTargetsAlone) {
  EXPECT_EQ(without_secrets("/seats/room?x=1&flag&=&"), "/seats/room?x=1&flag&=&");
  EXPECT_EQ(without_secrets(""), "");
  EXPECT_EQ(without_secrets("/tokens/token"), "/tokens/token");
}

TEST(WithoutSecrets, MasksUserInformationOfUrls) {
  EXPECT_EQ(without_secrets("postgresql://pulso:p@ss@db:5432/pulso"), "postgresql://***@db:5432/pulso");
  EXPECT_EQ(without_secrets("redis://:pass@cache:6379"), "redis://***@cache:6379");
  EXPECT_EQ(without_secrets("http://host/a@b"), "http://host/a@b");
}

}  // namespace
}  // namespace pulso::ops
