#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "net/file_descriptor.h"
#include "net/http_message.h"

namespace pulso::net {

struct StaticFilesOptions {
  std::string cache_control = "no-cache";  ///< of every file; `no-cache` means: ask before each use
  std::string index_name = "index.html";   ///< stands for its folder; empty: folders are 404
};

/// Regular files below one folder, sent from page cache to socket. Nothing outside the folder is ever opened: the
/// kernel resolves paths beneath it and follows no link, and names that begin with a dot are not served. Thread-safe.
class StaticFiles {
 public:
  /// Opens the folder; what replaces it later under the same name is not seen.
  [[nodiscard]] static Result<StaticFiles> open(const std::string& root, StaticFilesOptions options = {});

  /// Answers GET and HEAD for `path` (decoded, with or without a leading slash), with ranges (RFC 9110 §14) and
  /// preconditions (§13); 405 for other methods, 404 for whatever is not a file below the root. A folder is answered by
  /// its index, with a slash put behind its name first. `content_type` overrides what the name suggests.
  [[nodiscard]] HttpResponse respond(const HttpRequest& request, std::string_view path,
                                     std::string_view content_type = {}) const;

 private:
  StaticFiles(FileDescriptor root, StaticFilesOptions options) noexcept
      : root_(std::move(root)), options_(std::move(options)) {}
  [[nodiscard]] HttpResponse respond_folder(const HttpRequest& request, std::string path) const;

  FileDescriptor root_;
  StaticFilesOptions options_;
};

}  // namespace pulso::net
