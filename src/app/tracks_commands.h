#pragma once
#include <string>

#include "app/config_loader.h"
#include "app/console.h"
#include "base/clock.h"

namespace pulso::app {

/// `pulso tracks import DIR`: takes the audio below a folder into the library of the configured database and media
/// folder, beside a running server or without one. Files that can't be taken are said on `console.err` and passed over.
/// Gives the exit code of the process: 0 done, 1 failed.
struct ImportTracks {
  std::string folder;
  std::string owner;  ///< user id; empty: shared with everybody
};
[[nodiscard]] int run_tracks_import(const ConfigInput& input, const ImportTracks& wanted, const Clock& clock,
                                    const Console& console);

}  // namespace pulso::app
