#pragma once
#include "base/token_bucket.h"
#include "features/tracks/library_options.h"

namespace pulso::tracks {

/// Section `[tracks]` of the configuration, and what of the other sections concerns it.
struct TracksOptions {
  LibraryOptions library;
  /// Of one user, on all devices and over HTTP: each playing device reports four times a second.
  RateLimit messages_per_second{50, 100};
};

}  // namespace pulso::tracks
