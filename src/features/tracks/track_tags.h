#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "features/tracks/audio_format.h"

namespace pulso::tracks {

/// Bytes of each text that are kept.
inline constexpr std::size_t tag_text_bytes_max = 400;
/// Pictures larger than this are left out.
inline constexpr std::size_t cover_bytes_max = 5 * 1024 * 1024;

/// What a file says about itself.
struct TrackTags {
  std::string title, artist, album;  ///< cleaned by `clean_text`; empty where the file does not say
  milliseconds duration{0};
  std::string cover;  ///< bytes of its front cover, or of its first picture; empty where there is none that is known
};

/// Reads the tags of an open file (TagLib). Broken tags read as absent; `Errc::invalid_argument` when the file is not
/// playable audio of that format at all. The descriptor stays the caller's.
[[nodiscard]] Result<TrackTags> read_track_tags(int descriptor, AudioFormat format);

/// A text of a stranger as it may go to clients and into the database: valid UTF-8 (else empty), control characters
/// and runs of spaces as one space, none at the ends, at most `tag_text_bytes_max` bytes of whole characters.
[[nodiscard]] std::string clean_text(std::string_view text);

}  // namespace pulso::tracks
