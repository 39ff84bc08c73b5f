#include "features/tracks/recent_tracks.h"

#include <utility>

namespace pulso::tracks {

std::shared_ptr<const Track> RecentTracks::find(const TrackId& id) const {
  const SteadyTime now = clock_.steady_now();
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(id);
  return found != entries_.end() && now < found->second.end ? found->second.track : nullptr;
}

std::shared_ptr<const Track> RecentTracks::keep(Track track) {
  const SteadyTime now = clock_.steady_now();
  auto kept = std::make_shared<const Track>(std::move(track));
  const std::lock_guard lock{mutex_};
  if (entries_.size() >= count_max)
    std::erase_if(entries_, [now](const auto& entry) { return entry.second.end <= now; });
  if (entries_.size() >= count_max) entries_.erase(entries_.begin());
  entries_.insert_or_assign(kept->id, Entry{kept, now + lifetime});
  return kept;
}

void RecentTracks::forget(const TrackId& id) {
  const std::lock_guard lock{mutex_};
  entries_.erase(id);
}

}  // namespace pulso::tracks
