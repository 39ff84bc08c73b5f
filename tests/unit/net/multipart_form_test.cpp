#include "net/multipart_form.h"

#include <gtest/gtest.h>

namespace pulso::net {
namespace {

TEST(FormBoundary, IsAParameterOfTheContentType) {
  EXPECT_EQ(form_boundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(form_boundary("Multipart/Form-Data;charset=utf-8;BOUNDARY=\"a b:c\""), "a b:c");
  EXPECT_EQ(form_boundary("multipart/form-data;boundary=----WebKitFormBoundaryX1"), "----WebKitFormBoundaryX1");
}

TEST(FormBoundary, IsNotTakenWhereItIsNotOne) {
  const std::string long_one(71, 'a');
  for (const std::string& type :
       {std::string{}, std::string{"multipart/form-data"}, std::string{"text/plain; boundary=a"},
        std::string{"multipart/form-data; boundary="}, "multipart/form-data; boundary=" + long_one,
        std::string{"multipart/form-data; boundary=\"a \""}, std::string{"multipart/form-data; boundary=\"a"},
        std::string{"multipart/form-data; boundary=a b"}, std::string{"multipart/form-data; =a"}}) {
    EXPECT_FALSE(form_boundary(type)) << type;
  }
}

TEST(Form, HasItsParts) {
  const auto parts = parse_form(
      "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA tide\r\n"
      "--b\r\ncontent-type: audio/wav\r\ncontent-disposition: form-data; name=file; filename=\"x.wav\"\r\n\r\n"
      "RIFF\r\n--c\r\n\r\n--b--\r\n",
      "b");
  ASSERT_TRUE(parts && parts->size() == 2);
  EXPECT_EQ(parts->at(0).name, "title");
  EXPECT_FALSE(parts->at(0).file_name);
  EXPECT_EQ(parts->at(0).content, "A tide");
  EXPECT_EQ(parts->at(1).name, "file");
  EXPECT_EQ(parts->at(1).file_name, "x.wav");
  EXPECT_EQ(parts->at(1).content, "RIFF\r\n--c\r\n");
}

TEST(Form, MayHaveEmptyContentsTextAroundAndSpacesBehindABoundary) {
  const auto parts =
      parse_form("preamble\r\n--b \t\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--b--\r\nepilogue", "b");
  ASSERT_TRUE(parts && parts->size() == 1);
  EXPECT_EQ(parts->at(0).content, "");
}

TEST(Form, MayHaveNoParts) {
  const auto parts = parse_form("--b--", "b");
  ASSERT_TRUE(parts);
  EXPECT_TRUE(parts->empty());
}

TEST(Form, ReadsNamesAsBrowsersAndOlderClientsWriteThem) {
  const auto parts = parse_form(
      "--b\r\nContent-Disposition: form-data; name=\"a\\\"b\"; filename=\"C:\\dir\\song.mp3\"\r\n\r\n1\r\n--b--", "b");
  ASSERT_TRUE(parts && parts->size() == 1);
  EXPECT_EQ(parts->at(0).name, "a\"b");
  EXPECT_EQ(parts->at(0).file_name, "C:\\dir\\song.mp3");
}

TEST(Form, ThatIsBrokenIsNone) {
  for (const char* body :
       {"", "--b", "--b\r\n", "--bx\r\n\r\n", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nno end",
        "--b\r\n\r\nno header\r\n--b--", "--b\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=a; x\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\n1\r\n--b--",
        "--b\r\nno colon\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--",
        "--b\nContent-Disposition: form-data; name=a\n\n1\n--b--"}) {
    EXPECT_FALSE(parse_form(body, "b")) << body;
  }
}

TEST(Form, IsBounded) {
  std::string body;
  for (std::size_t i = 0; i <= form_parts_max; ++i) {
    body += "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n";
  }
  EXPECT_FALSE(parse_form(body + "--b--", "b"));
  EXPECT_TRUE(parse_form(body.substr(0, body.rfind("--b\r\n")) + "--b--", "b"));
  const std::string padding(form_part_header_bytes_max, 'x');
  EXPECT_FALSE(
      parse_form("--b\r\nX: " + padding + "\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--", "b"));
}

}  // namespace
}  // namespace pulso::net
