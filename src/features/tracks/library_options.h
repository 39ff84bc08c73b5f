#pragma once
#include <cstddef>
#include <string>

#include "base/clock.h"

namespace pulso::tracks {

/// The library's part of section `[tracks]` of the configuration.
struct LibraryOptions {
  std::string media_dir;                            ///< made where it is missing; all instances share it
  std::size_t upload_bytes_max = 64 * 1024 * 1024;  ///< of one upload, which is held in memory
  milliseconds url_lifetime{6 * 60 * 60 * 1000};    ///< of signed URLs
  /// Whether shared tracks are sent to whoever asks (`auth.anonymous` names `tracks`).
  bool anonymous = false;
  std::string base_url;  ///< in front of the paths that are handed out (`server.server_url`), or empty
};

}  // namespace pulso::tracks
