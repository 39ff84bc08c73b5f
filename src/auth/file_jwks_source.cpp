#include <fstream>
#include <utility>

#include "auth/jwks_source.h"

namespace pulso::auth {
namespace {

class FileJwksSource final : public JwksSource {
 public:
  explicit FileJwksSource(std::string path) noexcept : path_(std::move(path)) {}

  [[nodiscard]] const std::string& name() const noexcept override { return path_; }
  [[nodiscard]] bool is_remote() const noexcept override { return false; }

  [[nodiscard]] Result<std::string> read() override {
    std::ifstream file{path_, std::ios::binary};
    std::string text(jwks_bytes_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file && !file.eof()) return fail(Errc::invalid_argument, "the file cannot be read");
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > jwks_bytes_max) return fail(Errc::too_large, "the file is too large for a key set");
    return text;
  }

 private:
  const std::string path_;
};

}  // namespace

std::unique_ptr<JwksSource> create_file_jwks_source(std::string path) {
  return std::make_unique<FileJwksSource>(std::move(path));
}

}  // namespace pulso::auth
