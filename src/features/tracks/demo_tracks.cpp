#include "features/tracks/demo_tracks.h"

#include <filesystem>

#include "ops/log.h"

namespace pulso::tracks {

std::string demo_tracks_folder() {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path here = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& folder : {here / "demo", here.parent_path() / "share" / "pulso" / "demo"}) {
    if (!error && fs::is_directory(folder, error)) return folder.string();
    error.clear();
  }
  return {};
}

Result<std::size_t> import_demo_tracks(TrackImporter& importer) {
  const std::string folder = demo_tracks_folder();
  if (folder.empty()) {
    ops::log_warning("tracks", "the demonstration's tracks are not beside the program");
    return std::size_t{0};
  }
  auto report = import_folder(importer, folder, UserId{}, [](const std::string& path, const std::string& reason) {
    ops::log_warning("tracks", "a track of the demonstration was refused", {{"file", path}, {"reason", reason}});
  });
  if (!report) return fail(report);
  return report->added;
}

}  // namespace pulso::tracks
