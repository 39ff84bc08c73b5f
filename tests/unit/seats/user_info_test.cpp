#include "features/seats/user_info.h"

#include <string>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace pulso::seats {
namespace {

boost::json::object object_of(std::string_view text) {
  return boost::json::parse(text).as_object();
}

TEST(UserInfo, keeps_flat_values) {
  EXPECT_EQ(shared_user_info(object_of(R"({"name":"Ana","age":30,"vip":true})"), UserInfoShared::all).value(),
            R"({"name":"Ana","age":30,"vip":true})");
  EXPECT_EQ(shared_user_info({}, UserInfoShared::all).value(), "{}");
}

TEST(UserInfo, refuses_what_is_not_flat) {
  for (const auto* text : {R"({"a":[1]})", R"({"a":{"b":1}})", R"({"a":null})"}) {
    const auto refused = shared_user_info(object_of(text), UserInfoShared::none);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().field, "user_info");
  }
}

TEST(UserInfo, is_bounded_however_little_is_shared) {
  boost::json::object large{{"name", "x"}, {"more", std::string(1024, 'y')}};
  EXPECT_FALSE(shared_user_info(large, UserInfoShared::name));
  boost::json::object fits{{"n", std::string(user_info_bytes_max - 8, 'y')}};
  EXPECT_TRUE(shared_user_info(fits, UserInfoShared::all));
  boost::json::object too_long{{"n", std::string(user_info_bytes_max - 7, 'y')}};
  EXPECT_FALSE(shared_user_info(too_long, UserInfoShared::all));
}

TEST(UserInfo, loses_markup_and_control_characters) {
  EXPECT_EQ(
      shared_user_info(object_of(R"({"name":"<b>A\u0000\u0007na\u0085\u007f</b>","<i>":"x"})"), UserInfoShared::all)
          .value(),
      R"({"name":"bAna/b","i":"x"})");
  EXPECT_EQ(shared_user_info(object_of(R"({"name":"ñandú\u00a0ß"})"), UserInfoShared::all).value(),
            "{\"name\":\"ñandú\u00a0ß\"}");
}

TEST(UserInfo, is_shared_as_far_as_asked) {
  const auto info = object_of(R"({"name":"Ana","email":"a@example.com"})");
  EXPECT_EQ(shared_user_info(info, UserInfoShared::name).value(), R"({"name":"Ana"})");
  EXPECT_EQ(shared_user_info(info, UserInfoShared::none).value(), "{}");
}

}  // namespace
}  // namespace pulso::seats
