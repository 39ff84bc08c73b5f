#pragma once
#include <expected>
#include <string>

#include "net/file_descriptor.h"

namespace pulso::net {

/// Opens a file or folder for reading below the open folder `root`: no way leads out of it, neither `..` nor an
/// absolute path nor any symbolic or magic link, also when somebody changes the tree at the same time. Never waits (a
/// FIFO is opened without a writer). `path` is relative; empty means the root itself. On failure the `errno`.
[[nodiscard]] std::expected<FileDescriptor, int> open_beneath(int root, const std::string& path);

/// The same step by step, for kernels and sandboxes without openat2(2): stricter, it refuses `..` altogether.
[[nodiscard]] std::expected<FileDescriptor, int> open_beneath_stepwise(int root, const std::string& path);

}  // namespace pulso::net
