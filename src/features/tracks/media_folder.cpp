#include "features/tracks/media_folder.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/encoding.h"
#include "base/random.h"

namespace pulso::tracks {
namespace {

constexpr std::size_t piece_bytes = 256 * 1024;

std::unexpected<Error> failed(std::string_view what) {
  return fail(Errc::unavailable, fmt::format("{}: {}", what, std::strerror(errno)));
}

Result<void> write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("a file can't be written");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

/// Calls `take(piece)` with the file's bytes from its beginning.
template <class Take>
Result<void> read_all(int descriptor, Take take) {
  std::string piece(piece_bytes, '\0');
  off_t at = 0;
  while (true) {
    const auto got = ::pread(descriptor, piece.data(), piece.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("a file can't be read");
    if (got == 0) return {};
    at += got;
    if (Result<void> taken = take(std::string_view{piece}.substr(0, static_cast<std::size_t>(got))); !taken) {
      return taken;
    }
  }
}

/// Between file systems that can share blocks, or inside the kernel; false when these two can't.
bool copy_in_kernel(int source, int target) {
  loff_t at = 0;
  bool is_begun = false;
  while (true) {
    const auto copied = ::copy_file_range(source, &at, target, nullptr, std::size_t{1} << 30U, 0);
    if (copied < 0) return false;
    if (copied == 0) return is_begun;
    is_begun = true;
  }
}

}  // namespace

Result<MediaFolder> MediaFolder::open(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path(), error);
  ::mkdir(path.c_str(), S_IRWXU);
  net::FileDescriptor folder{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder || ::faccessat(folder.get(), ".", W_OK | X_OK, 0) != 0) {
    return fail(std::error_code{errno, std::generic_category()},
                fmt::format("The media folder {} can't be used: {}.", path, std::strerror(errno)), "tracks.media_dir");
  }
  return MediaFolder{std::move(folder), path};
}

template <class Fill>
Result<void> MediaFolder::create(const std::string& name, Fill fill) const {
  // Names with a dot in front are never served: nobody sees half a file.
  const std::string unfinished = fmt::format(".{}-{}", random_token(6), name);
  net::FileDescriptor file{
      ::openat(folder_.get(), unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)};
  if (!file) return failed("a file can't be made in the media folder");
  Result<void> done = fill(file.get());
  if (done && ::fsync(file.get()) != 0) done = failed("a file can't be written");
  if (done && ::renameat(folder_.get(), unfinished.c_str(), folder_.get(), name.c_str()) != 0) {
    done = failed("a file can't be named");
  }
  if (!done) {
    ::unlinkat(folder_.get(), unfinished.c_str(), 0);
    return done;
  }
  ::fsync(folder_.get());
  return {};
}

Result<void> MediaFolder::copy(int source, const std::string& name) const {
  return create(name, [source](int target) -> Result<void> {
    if (copy_in_kernel(source, target)) return {};
    if (::ftruncate(target, 0) != 0 || ::lseek(target, 0, SEEK_SET) != 0) return failed("a file can't be written");
    return read_all(source, [target](std::string_view piece) { return write_all(target, piece); });
  });
}

Result<void> MediaFolder::write(std::string_view bytes, const std::string& name) const {
  return create(name, [bytes](int target) { return write_all(target, bytes); });
}

void MediaFolder::remove(const std::string& name) const noexcept {
  if (name.empty() || name.find('/') != std::string::npos) return;
  ::unlinkat(folder_.get(), name.c_str(), 0);
}

Result<std::string> read_whole(int descriptor, std::size_t bytes_max) {
  std::string content;
  auto read = read_all(descriptor, [&](std::string_view piece) -> Result<void> {
    if (content.size() + piece.size() > bytes_max) return fail(Errc::too_large);
    content += piece;
    return {};
  });
  if (!read) return fail(read);
  return content;
}

Result<std::string> content_hash_of(int descriptor) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) return fail(Errc::internal);
  auto read = read_all(descriptor, [&](std::string_view piece) -> Result<void> {
    EVP_DigestUpdate(context.get(), piece.data(), piece.size());
    return {};
  });
  if (!read) return fail(read);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_DigestFinal_ex(context.get(), digest.data(), &length) != 1) return fail(Errc::internal);
  return hex_encode({reinterpret_cast<const char*>(digest.data()), length});
}

Result<net::FileDescriptor> file_in_memory(std::string_view bytes) {
  net::FileDescriptor file{::memfd_create("upload", MFD_CLOEXEC)};
  if (!file) return failed("no file in memory");
  if (auto written = write_all(file.get(), bytes); !written) return fail(written);
  return file;
}

}  // namespace pulso::tracks
