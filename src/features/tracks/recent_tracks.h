#pragma once
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/clock.h"
#include "features/tracks/track.h"

namespace pulso::tracks {

/// The tracks that were asked for lately, whoever may hear them: a listener asks for range after range, and each would
/// cost a transaction. A track never changes; one that is deleted loses its file too, so whoever finds none forgets it
/// here. Should its file stay, it is forgotten after `lifetime`. Thread-safe.
class RecentTracks {
 public:
  static constexpr std::size_t count_max = 1024;
  static constexpr milliseconds lifetime{5000};

  explicit RecentTracks(const Clock& clock) noexcept : clock_(clock) {}

  /// Null where it was not asked for lately.
  [[nodiscard]] std::shared_ptr<const Track> find(const TrackId& id) const;
  /// Keeps what the store has just given, for one `lifetime`; where there is no room, another makes it.
  std::shared_ptr<const Track> keep(Track track);
  void forget(const TrackId& id);

 private:
  struct Entry {
    std::shared_ptr<const Track> track;
    SteadyTime end;
  };

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<TrackId, Entry> entries_;
};

}  // namespace pulso::tracks
