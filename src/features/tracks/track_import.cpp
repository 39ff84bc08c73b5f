#include "features/tracks/track_import.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "features/tracks/audio_format.h"
#include "features/tracks/track_tags.h"
#include "features/tracks/waveform.h"

namespace pulso::tracks {
namespace {

std::string beginning_of(int descriptor) {
  std::string bytes(format_probe_bytes, '\0');
  const auto got = ::pread(descriptor, bytes.data(), bytes.size(), 0);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

std::string title_from(std::string_view name) {
  const auto slash = name.find_last_of("/\\");
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  const std::string title = clean_text(name.substr(0, name.rfind('.')));
  return title.empty() ? "Untitled" : title;
}

}  // namespace

Result<TrackImporter::Imported> TrackImporter::add(const Source& source, const UserId& owner,
                                                   const std::stop_token& stop) {
  const auto format = audio_format_of(beginning_of(source.descriptor));
  if (!format) return fail(Errc::invalid_argument, "this is no audio of a known format", "file");
  auto content_hash = content_hash_of(source.descriptor);
  if (!content_hash) return fail(content_hash);
  auto known = store_.find_content(owner, *content_hash);
  if (!known) return fail(known);
  if (*known) return Imported{**std::move(known), false};

  auto tags = read_track_tags(source.descriptor, *format);
  if (!tags) return fail(tags);
  auto waveform = read_waveform(source.descriptor, *format, clock_, stop);
  if (!waveform) return fail(waveform);
  struct stat status{};
  if (::fstat(source.descriptor, &status) != 0) return fail(Errc::unavailable);

  StoredTrack stored;
  Track& track = stored.track;
  track.id = TrackId{random_token(12)};
  track.owner = owner;
  track.title = tags->title.empty() ? title_from(source.name) : std::move(tags->title);
  track.artist = std::move(tags->artist);
  track.album = std::move(tags->album);
  // What a player will play, rather than what the file says; one that was not decoded to its end is at least that long.
  track.duration = waveform->is_cut ? std::max(waveform->duration, tags->duration) : waveform->duration;
  track.mime_type = mime_type_of(*format);
  track.file = track.id.value() + '.' + std::string{extension_of(*format)};
  track.size_bytes = static_cast<std::uint64_t>(status.st_size);
  track.added_at = clock_.now();
  stored.content_hash = *std::move(content_hash);
  stored.peaks = std::move(waveform->peaks);

  if (auto copied = media_.copy(source.descriptor, track.file); !copied) return fail(copied);
  const std::string& cover = tags->cover.empty() ? source.cover : tags->cover;
  if (const std::string_view extension = picture_extension_of(cover); !extension.empty()) {
    track.cover = track.id.value() + ".cover." + std::string{extension};
    if (!media_.write(cover, track.cover)) track.cover.clear();
  }
  auto inserted = store_.insert(stored);
  if (inserted) return Imported{std::move(track), true};

  media_.remove(track.file);
  media_.remove(track.cover);
  if (inserted.error().code != make_error_code(Errc::conflict)) return fail(inserted);
  // Somebody else was entering the same file meanwhile.
  known = store_.find_content(owner, stored.content_hash);
  if (!known) return fail(known);
  if (!*known) return fail(inserted);
  return Imported{**std::move(known), false};
}

}  // namespace pulso::tracks
