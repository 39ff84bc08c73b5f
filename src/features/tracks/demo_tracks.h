#pragma once
#include <cstddef>
#include <string>

#include "base/result.h"
#include "features/tracks/track_import.h"

namespace pulso::tracks {

/// Where the pieces that `tools/make_demo_tracks.py` makes at build time lie: `demo/` beside the executable, or
/// `../share/pulso/demo/` once installed. Empty when they are in neither place.
[[nodiscard]] std::string demo_tracks_folder();

/// Shares the demonstration's tracks; gives how many are new. None, with a line in the log, where they are not built.
[[nodiscard]] Result<std::size_t> import_demo_tracks(TrackImporter& importer);

}  // namespace pulso::tracks
