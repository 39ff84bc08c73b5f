#pragma once
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/random.h"

namespace pulso::app {

/// A directory of one test, gone with it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() : path_(std::filesystem::temp_directory_path() / ("pulso-test-" + random_token())) {
    std::filesystem::create_directory(path_);
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] std::string path() const { return path_.string(); }
  /// Gives the path of the written file.
  std::string write(std::string_view name, std::string_view text) const {
    std::ofstream{path_ / name} << text;
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

}  // namespace pulso::app
