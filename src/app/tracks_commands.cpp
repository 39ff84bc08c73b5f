#include "app/tracks_commands.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include "app/migrations.h"
#include "app/server_options.h"
#include "features/tracks/media_folder.h"
#include "features/tracks/track_import.h"
#include "features/tracks/tracks_store.h"
#include "ops/log_line.h"
#include "store/database.h"
#include "store/migrations.h"

namespace pulso::app {
namespace {

Result<tracks::ImportReport> import_tracks(const Config& config, const ImportTracks& wanted, const Clock& clock,
                                           const Console& console) {
  auto database = store::Database::open({.url = config.database.url, .connections = 1});
  if (!database) return fail(database);
  if (auto steps = store::migrate(**database, all_migrations()); !steps) return fail(steps);
  const auto media = tracks::MediaFolder::open(library_options(config).media_dir);
  if (!media) return std::unexpected{media.error()};
  tracks::TracksStore store{**database};
  tracks::TrackImporter importer{store, *media, clock};
  return tracks::import_folder(importer, wanted.folder, UserId{wanted.owner},
                               [&console](const std::string& path, const std::string& reason) {
                                 // A file's name may hold anything: it must not move the cursor of a terminal.
                                 std::string name;
                                 ops::append_quoted(name, path);
                                 fmt::print(console.err, "refused {}: {}\n", name, reason);
                               });
}

}  // namespace

int run_tracks_import(const ConfigInput& input, const ImportTracks& wanted, const Clock& clock,
                      const Console& console) {
  const auto loaded = load_config(input);
  if (!loaded) return console.failed(loaded.error());
  const auto report = import_tracks(loaded->config, wanted, clock, console);
  if (!report) return console.failed(report.error());
  fmt::print(console.out, "added {}, already there {}, refused {}\n", report->added, report->known, report->refused);
  return 0;
}

}  // namespace pulso::app
