#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/result.h"
#include "features/tracks/track.h"
#include "features/tracks/waveform.h"
#include "store/database.h"
#include "store/migrations.h"

namespace pulso::tracks {

/// Which tracks of the library are asked for.
struct TrackSearch {
  UserId user;         ///< who sees their own tracks and the shared ones; empty: only these
  std::string search;  ///< words that title, artist and album must all hold among them, in any case; empty: all
  std::uint32_t page = 1;
  std::uint32_t limit = 50;
};

struct TrackPage {
  std::vector<Track> tracks;  ///< by title, then artist
  std::uint64_t total = 0;    ///< on all pages
};

/// A track with what only the library needs of it.
struct StoredTrack {
  Track track;
  std::string content_hash;  ///< of the file, SHA-256 in hexadecimal: one owner has the same file once
  std::string peaks;         ///< `Waveform::peaks`
};

/// The table of tracks. Both engines give the same answers, search included (`search_text.h`).
class TracksStore {
 public:
  explicit TracksStore(store::Database& database) : database_(database) {}

  [[nodiscard]] static std::span<const store::Migration> migrations() noexcept;

  /// `user`'s own track or a shared one.
  [[nodiscard]] boost::asio::awaitable<Result<std::optional<Track>>> find(TrackId track, UserId user);
  [[nodiscard]] boost::asio::awaitable<Result<TrackPage>> search(TrackSearch search);
  /// The waveform of a track that `user` may see.
  [[nodiscard]] boost::asio::awaitable<Result<std::optional<Waveform>>> waveform(TrackId track, UserId user);
  /// Deletes it and gives what it was; whose it is has been checked.
  [[nodiscard]] boost::asio::awaitable<Result<std::optional<Track>>> remove(TrackId track);
  /// Whoever's it is: for those who may delete everything.
  [[nodiscard]] boost::asio::awaitable<Result<std::optional<Track>>> find_any(TrackId track);

  // For the importer, which works on a thread of its own and waits.

  /// The track that `owner` made of the same file before.
  [[nodiscard]] Result<std::optional<Track>> find_content(const UserId& owner, const std::string& content_hash);
  /// `Errc::conflict` when `owner` has the same file already.
  [[nodiscard]] Result<void> insert(const StoredTrack& stored);

 private:
  store::Database& database_;
};

}  // namespace pulso::tracks
