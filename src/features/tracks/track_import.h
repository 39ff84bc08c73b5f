#pragma once
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "features/tracks/media_folder.h"
#include "features/tracks/track.h"
#include "features/tracks/tracks_store.h"

namespace pulso::tracks {

/// Takes audio files into the library: reads what they are and say, draws their waveform, copies them into the media
/// folder and enters them. Waits for files and the database: not on a shard's thread. Thread-safe.
class TrackImporter {
 public:
  /// All outlive it.
  TrackImporter(TracksStore& store, const MediaFolder& media, const Clock& clock) noexcept
      : store_(store), media_(media), clock_(clock) {}

  struct Source {
    int descriptor = -1;  ///< the caller's, open for reading
    std::string name;     ///< file name that the title is taken from where the file does not say
    std::string cover;    ///< bytes of a picture beside it, for files that bring none of their own
  };
  struct Imported {
    Track track;
    bool is_new = false;  ///< false: this owner has the very same file already
  };
  /// `Errc::invalid_argument` for what is no audio of a known format, by content; `Errc::cancelled` when `stop`
  /// was asked for before it was read. `owner` empty shares it.
  [[nodiscard]] Result<Imported> add(const Source& source, const UserId& owner, const std::stop_token& stop = {});

 private:
  TracksStore& store_;
  const MediaFolder& media_;
  const Clock& clock_;
};

struct ImportReport {
  std::size_t added = 0;
  std::size_t known = 0;    ///< were in the library before
  std::size_t refused = 0;  ///< were said to `on_refused`
};

/// Imports every file below `folder` that is named like audio. Files that can't be taken, links among them, are told
/// (path below `folder`, reason) and passed over: no link is followed, so nothing outside of the folder is read. Stops
/// with an error when the folder can't be read, or when the media folder or the database fail.
[[nodiscard]] Result<ImportReport> import_folder(
    TrackImporter& importer, const std::string& folder, const UserId& owner,
    const std::function<void(const std::string& path, const std::string& reason)>& on_refused);

}  // namespace pulso::tracks
