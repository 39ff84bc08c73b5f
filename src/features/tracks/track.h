#pragma once
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/ids.h"

namespace pulso::tracks {

using TrackId = StrongId<struct TrackTag>;

/// A piece of audio in the library. Texts are valid UTF-8 without control characters.
struct Track {
  TrackId id;
  UserId owner;  ///< empty: shared, everybody's to hear
  std::string title;
  std::string artist;  ///< empty where the file does not say
  std::string album;   ///< likewise
  milliseconds duration{0};
  std::string mime_type;  ///< by content: `audio/mpeg`, `audio/mp4`, `audio/ogg`, `audio/flac`, `audio/wav`
  std::string file;       ///< below the media folder
  std::string cover;      ///< its picture below the media folder, or empty
  std::uint64_t size_bytes = 0;
  WallTime added_at{};

  [[nodiscard]] bool is_shared() const noexcept { return owner.empty(); }
};

}  // namespace pulso::tracks
