#include "net/open_beneath.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string_view>
#include <sys/syscall.h>
#include <unistd.h>

namespace pulso::net {
namespace {

constexpr int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
constexpr int attempts_max = 8;

std::expected<FileDescriptor, int> opened(long descriptor) {
  if (descriptor < 0) return std::unexpected{errno};
  return FileDescriptor{static_cast<int>(descriptor)};
}

}  // namespace

std::expected<FileDescriptor, int> open_beneath(int root, const std::string& path) {
  if (path.find('\0') != std::string::npos) return std::unexpected{EINVAL};
  open_how how{};
  how.flags = flags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
  const char* name = path.empty() ? "." : path.c_str();
  for (int attempt = 0;; ++attempt) {
    auto result = opened(::syscall(SYS_openat2, root, name, &how, sizeof(how)));
    if (result) return result;
    // EAGAIN: something was renamed meanwhile, so the kernel could not be sure. ENOSYS: an old kernel; EPERM: a sandbox
    // that does not know the call.
    if (result.error() == EAGAIN && attempt < attempts_max) continue;
    if (result.error() == ENOSYS || result.error() == EPERM) return open_beneath_stepwise(root, path);
    return result;
  }
}

std::expected<FileDescriptor, int> open_beneath_stepwise(int root, const std::string& path) {
  if (path.find('\0') != std::string::npos) return std::unexpected{EINVAL};
  if (path.starts_with('/')) return std::unexpected{EXDEV};
  auto current = opened(::openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::string_view rest = path;
  while (current) {
    const std::string name{rest.substr(0, rest.find('/'))};
    const bool is_last = name.size() == rest.size();
    rest.remove_prefix(is_last ? name.size() : name.size() + 1);
    if (name == "..") return std::unexpected{EXDEV};
    const char* step = name.empty() ? "." : name.c_str();
    // Behind a last slash the step is "." in the folder before, which a file is not.
    current = opened(is_last ? ::openat(current->get(), step, flags)
                             : ::openat(current->get(), step, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (is_last) break;
  }
  return current;
}

}  // namespace pulso::net
