#include "base/encoding.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace pulso {
namespace {

TEST(Base64, agrees_with_the_vectors_of_rfc_4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(base64_decode(text), bytes);
  }
}

TEST(Base64, refuses_what_has_two_readings) {
  for (const char* text : {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "Zm9v\n", "Zm-v", "====", "Zg==Zg=="}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
  for (const char* text : {"Zg==", "Zh", "Z", "Zm+v"}) EXPECT_FALSE(base64url_decode(text)) << text;
}

TEST(Base64, gives_back_random_bytes) {
  for (std::size_t size = 0; size < 70; ++size) {
    std::string bytes(size, '\0');
    fill_random(std::as_writable_bytes(std::span{bytes}));
    EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
  }
}

TEST(PercentDecode, decodes_escapes_and_forms) {
  EXPECT_EQ(percent_decode("a%20b+c"), "a b+c");
  EXPECT_EQ(percent_decode("a%20b+c", true), "a b c");
  EXPECT_EQ(percent_decode("%C3%b1"), "ñ");
}

TEST(PercentDecode, refuses_broken_escapes_and_nul) {
  for (const char* text : {"%", "%4", "%zz", "a%0", "%00"}) EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(ControlCharacters, are_those_of_ascii) {
  for (const std::string text : {"a\nb", "\x1f", "\x7f", "a\t"}) EXPECT_TRUE(has_control_character(text)) << text;
  EXPECT_TRUE(has_control_character(std::string_view{"a\0", 2}));
  for (const std::string text : {"", " a~", "é", "\xff"}) EXPECT_FALSE(has_control_character(text)) << text;
}

TEST(ConstantTime, compares_like_equality) {
  EXPECT_TRUE(equals_in_constant_time("secret", "secret"));
  EXPECT_FALSE(equals_in_constant_time("secret", "secreT"));
  EXPECT_FALSE(equals_in_constant_time("secret", "secre"));
}

}  // namespace
}  // namespace pulso
