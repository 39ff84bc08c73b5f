#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/file_descriptor.h"

namespace pulso::tracks {

/// The folder where the library keeps its files: flat, each name made by the library, each file written once and whole
/// before it has its name. Thread-safe.
class MediaFolder {
 public:
  /// Makes the folder (0700) where it is missing.
  [[nodiscard]] static Result<MediaFolder> open(const std::string& path);

  /// Copies a whole open file, sharing its blocks where the file system can. On disk when it returns.
  [[nodiscard]] Result<void> copy(int source, const std::string& name) const;
  [[nodiscard]] Result<void> write(std::string_view bytes, const std::string& name) const;
  /// Nothing happens when it is not there, or when the name leads out of the folder.
  void remove(const std::string& name) const noexcept;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  MediaFolder(net::FileDescriptor folder, std::string path) noexcept
      : folder_(std::move(folder)), path_(std::move(path)) {}
  template <class Fill>
  [[nodiscard]] Result<void> create(const std::string& name, Fill fill) const;

  net::FileDescriptor folder_;
  std::string path_;
};

/// The whole content of an open file of at most `bytes_max`.
[[nodiscard]] Result<std::string> read_whole(int descriptor, std::size_t bytes_max);
/// SHA-256 of an open file in hexadecimal.
[[nodiscard]] Result<std::string> content_hash_of(int descriptor);
/// A file in memory with this content; counted to the process, gone when closed.
[[nodiscard]] Result<net::FileDescriptor> file_in_memory(std::string_view bytes);

}  // namespace pulso::tracks
