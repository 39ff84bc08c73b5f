#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <vector>

#include <fmt/format.h>

#include "features/tracks/audio_format.h"
#include "features/tracks/track_import.h"
#include "features/tracks/track_tags.h"
#include "net/open_beneath.h"

namespace pulso::tracks {
namespace {

namespace fs = std::filesystem;

/// Every name below the folder that looks like audio, in order. Folders behind links are not entered.
Result<std::vector<fs::path>> audio_names(const fs::path& folder) {
  std::vector<fs::path> names;
  std::error_code error;
  fs::recursive_directory_iterator at{folder, fs::directory_options::skip_permission_denied, error};
  for (; !error && at != fs::recursive_directory_iterator{}; at.increment(error)) {
    std::error_code ignored;
    if (!has_audio_name(at->path().filename().string()) || fs::is_directory(at->symlink_status(ignored))) continue;
    names.push_back(at->path().lexically_relative(folder));
  }
  if (error) return fail(error, fmt::format("{} can't be read: {}", folder.string(), error.message()));
  std::ranges::sort(names);
  return names;
}

/// A regular file below the folder; else why not.
std::expected<net::FileDescriptor, std::string> open_regular(int root, const fs::path& name) {
  auto file = net::open_beneath(root, name.string());
  if (!file) {
    return std::unexpected{file.error() == ELOOP ? "links are not followed" : std::string{std::strerror(file.error())}};
  }
  struct stat status{};
  if (::fstat(file->get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::unexpected{"it is no regular file"};
  return *std::move(file);
}

/// The picture that lies beside an audio file: of its own name, or its folder's.
std::string cover_beside(int root, const fs::path& name) {
  for (const std::string& stem : {name.stem().string(), std::string{"cover"}, std::string{"folder"}}) {
    for (const char* extension : {".png", ".jpg", ".jpeg", ".webp"}) {
      const auto file = open_regular(root, name.parent_path() / (stem + extension));
      if (!file) continue;
      auto bytes = read_whole(file->get(), cover_bytes_max);
      if (bytes && !picture_extension_of(*bytes).empty()) return *std::move(bytes);
    }
  }
  return {};
}

}  // namespace

Result<ImportReport> import_folder(
    TrackImporter& importer, const std::string& folder, const UserId& owner,
    const std::function<void(const std::string& path, const std::string& reason)>& on_refused) {
  const net::FileDescriptor root{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!root) {
    const int error = errno;
    return fail(std::error_code{error, std::generic_category()},
                fmt::format("{} can't be opened: {}", folder, std::strerror(error)));
  }
  auto names = audio_names(folder);
  if (!names) return fail(names);
  ImportReport report;
  for (const fs::path& name : *names) {
    const auto refuse = [&](const std::string& reason) {
      ++report.refused;
      on_refused(name.string(), reason);
    };
    const auto file = open_regular(root.get(), name);
    if (!file) {
      refuse(file.error());
      continue;
    }
    auto added = importer.add(
        {.descriptor = file->get(), .name = name.filename().string(), .cover = cover_beside(root.get(), name)}, owner);
    if (added) {
      ++(added->is_new ? report.added : report.known);
    } else if (added.error().code == make_error_code(Errc::invalid_argument)) {
      refuse(added.error().message);
    } else {
      return fail(added);
    }
  }
  return report;
}

}  // namespace pulso::tracks
