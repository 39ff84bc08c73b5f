#include "net/static_files.h"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "net/http_conditions.h"
#include "net/open_beneath.h"

namespace pulso::net {
namespace {

namespace fs = std::filesystem;

void write_file(const fs::path& path, std::string_view content) {
  std::ofstream{path, std::ios::binary} << content;
}

/// A folder of its own with a `root` in it, and a secret beside the root.
class StaticFilesTest : public testing::Test {
 protected:
  StaticFilesTest() {
    std::string name = (fs::temp_directory_path() / "static_files_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    root_ = folder_ / "root";
    fs::create_directories(root_ / "docs" / "empty");
    write_file(folder_ / "secret.txt", "secret");
    write_file(root_ / "hello.txt", "Hello, world");
    write_file(root_ / "docs" / "index.html", "<p>docs</p>");
    write_file(root_ / ".env", "KEY=1");
    write_file(root_ / "empty.txt", "");
    fs::create_symlink("../secret.txt", root_ / "leak.txt");
    fs::create_symlink("hello.txt", root_ / "alias.txt");
    fs::create_directory_symlink("..", root_ / "up");
    ::mkfifo((root_ / "pipe").c_str(), 0600);
  }
  ~StaticFilesTest() override { fs::remove_all(folder_); }

  HttpResponse respond(std::string_view path, HttpHeaders headers = {}, std::string method = "GET") {
    HttpRequest request;
    request.method = std::move(method);
    request.path = path;
    request.headers = std::move(headers);
    auto files = StaticFiles::open(root_.string());
    HttpResponse response = files->respond(request, path);
    if (response.file) {
      file_ = FileDescriptor{response.file->descriptor};
      content_.resize(response.file->length);
      EXPECT_EQ(::pread(file_.get(), content_.data(), content_.size(), static_cast<off_t>(response.file->offset)),
                static_cast<ssize_t>(content_.size()));
    }
    return response;
  }
  static HttpHeaders field(std::string name, std::string value) {
    HttpHeaders headers;
    headers.add(std::move(name), std::move(value));
    return headers;
  }

  fs::path folder_, root_;
  FileDescriptor file_;
  std::string content_;
};

TEST_F(StaticFilesTest, sends_a_file_with_its_validators) {
  const HttpResponse response = respond("/hello.txt");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(content_, "Hello, world");
  EXPECT_EQ(response.headers.get("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(response.headers.get("Accept-Ranges"), "bytes");
  EXPECT_EQ(response.headers.get("Cache-Control"), "no-cache");
  EXPECT_TRUE(response.headers.get("ETag").starts_with('"'));
  EXPECT_TRUE(parse_http_date(response.headers.get("Last-Modified")));
}

TEST_F(StaticFilesTest, answers_head_like_get) {
  const HttpResponse response = respond("/hello.txt", {}, "HEAD");
  EXPECT_EQ(response.status, 200);
  ASSERT_TRUE(response.file);
  EXPECT_EQ(response.file->length, 12u);
}

TEST_F(StaticFilesTest, sends_empty_files) {
  const HttpResponse response = respond("/empty.txt");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.file->length, 0u);
}

TEST_F(StaticFilesTest, sends_one_range) {
  const HttpResponse response = respond("/hello.txt", field("Range", "bytes=7-"));
  EXPECT_EQ(response.status, 206);
  EXPECT_EQ(content_, "world");
  EXPECT_EQ(response.headers.get("Content-Range"), "bytes 7-11/12");
}

TEST_F(StaticFilesTest, refuses_a_range_behind_the_end) {
  const HttpResponse response = respond("/hello.txt", field("Range", "bytes=12-"));
  EXPECT_EQ(response.status, 416);
  EXPECT_EQ(response.headers.get("Content-Range"), "bytes */12");
  EXPECT_FALSE(response.file);
}

TEST_F(StaticFilesTest, ignores_ranges_of_head) {
  EXPECT_EQ(respond("/hello.txt", field("Range", "bytes=7-"), "HEAD").status, 200);
}

TEST_F(StaticFilesTest, sends_all_when_if_range_names_another_version) {
  HttpHeaders headers = field("Range", "bytes=7-");
  headers.add("If-Range", "\"other\"");
  EXPECT_EQ(respond("/hello.txt", headers).status, 200);
  headers.set("If-Range", std::string{respond("/hello.txt").headers.get("ETag")});
  EXPECT_EQ(respond("/hello.txt", headers).status, 206);
}

TEST_F(StaticFilesTest, says_not_modified) {
  const std::string etag{respond("/hello.txt").headers.get("ETag")};
  const HttpResponse response = respond("/hello.txt", field("If-None-Match", etag));
  EXPECT_EQ(response.status, 304);
  EXPECT_EQ(response.headers.get("ETag"), etag);
  EXPECT_FALSE(response.file);
}

TEST_F(StaticFilesTest, fails_preconditions) {
  EXPECT_EQ(respond("/hello.txt", field("If-Match", "\"other\"")).status, 412);
}

TEST_F(StaticFilesTest, gives_a_changed_file_another_tag) {
  const std::string before{respond("/hello.txt").headers.get("ETag")};
  fs::last_write_time(root_ / "hello.txt", fs::last_write_time(root_ / "hello.txt") - std::chrono::milliseconds{1});
  EXPECT_NE(respond("/hello.txt").headers.get("ETag"), before);
}

TEST_F(StaticFilesTest, dates_nothing_in_the_future) {
  fs::last_write_time(root_ / "hello.txt", fs::file_time_type::clock::now() + std::chrono::hours{24});
  EXPECT_FALSE(respond("/hello.txt").headers.contains("Last-Modified"));
}

TEST_F(StaticFilesTest, answers_a_folder_by_its_index) {
  const HttpResponse response = respond("/docs/");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(content_, "<p>docs</p>");
  EXPECT_EQ(response.headers.get("Content-Type"), "text/html; charset=utf-8");
}

TEST_F(StaticFilesTest, puts_a_slash_behind_a_folders_name) {
  const HttpResponse response = respond("/docs");
  EXPECT_EQ(response.status, 308);
  EXPECT_EQ(response.headers.get("Location"), "./docs/");
}

TEST_F(StaticFilesTest, escapes_where_it_redirects_to) {
  fs::rename(root_ / "docs", root_ / "a:\r\n?");
  EXPECT_EQ(respond("/a:\r\n?").headers.get("Location"), "./a%3A%0D%0A%3F/");
}

TEST_F(StaticFilesTest, finds_nothing_in_folders_without_index) {
  EXPECT_EQ(respond("/docs/empty/").status, 404);
  EXPECT_EQ(respond("/").status, 404);
}

TEST_F(StaticFilesTest, refuses_what_is_not_a_file_below_the_root) {
  for (const char* path :
       {"/missing", "/../secret.txt", "/docs/../../secret.txt", "//etc/passwd", "/leak.txt", "/alias.txt",
        "/up/secret.txt", "/up/root/hello.txt", "/.env", "/docs/.hidden", "/pipe", "/hello.txt/", "/hello.txt/more"}) {
    EXPECT_EQ(respond(path).status, 404) << path;
  }
  EXPECT_EQ(respond(std::string_view{"/hello.txt\0.png", 15}).status, 404);
}

TEST_F(StaticFilesTest, refuses_other_methods) {
  const HttpResponse response = respond("/hello.txt", {}, "DELETE");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.get("Allow"), "GET, HEAD");
}

TEST_F(StaticFilesTest, takes_another_type_than_the_name_suggests) {
  HttpRequest request;
  request.method = "HEAD";
  const HttpResponse response = StaticFiles::open(root_.string())->respond(request, "hello.txt", "audio/mpeg");
  ASSERT_TRUE(response.file);
  ::close(response.file->descriptor);
  EXPECT_EQ(response.headers.get("Content-Type"), "audio/mpeg");
}

TEST_F(StaticFilesTest, needs_a_folder) {
  EXPECT_FALSE(StaticFiles::open((folder_ / "missing").string()));
  EXPECT_FALSE(StaticFiles::open((folder_ / "secret.txt").string()));
}

class OpenBeneathTest : public StaticFilesTest {
 protected:
  using Open = std::expected<FileDescriptor, int> (*)(int, const std::string&);
  static constexpr Open both[] = {open_beneath, open_beneath_stepwise};
};

TEST_F(OpenBeneathTest, opens_files_and_folders) {
  const FileDescriptor root{::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  for (const Open open : both) {
    for (const char* path : {"hello.txt", "docs/index.html", "docs//index.html", "docs", "docs/", ""}) {
      EXPECT_TRUE(open(root.get(), path)) << path;
    }
  }
}

TEST_F(OpenBeneathTest, lets_nothing_out) {
  const FileDescriptor root{::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  for (const Open open : both) {
    for (const char* path : {"../secret.txt", "docs/../../secret.txt", "/etc/passwd", "leak.txt", "alias.txt",
                             "up/secret.txt", "up", "..", "hello.txt/", "missing/../hello.txt"}) {
      EXPECT_FALSE(open(root.get(), path)) << path;
    }
    EXPECT_FALSE(open(root.get(), std::string{"hello.txt\0x", 11}));
  }
}

}  // namespace
}  // namespace pulso::net
