#include <array>

#include "features/tracks/tracks_store.h"

namespace pulso::tracks {
namespace {

// Times are milliseconds since 1970; a shared track has an empty owner. `search_text` is title, artist and album with
// the case taken away: PostgreSQL too compares it byte by byte, so that both engines order alike.
constexpr std::string_view tables_of_sqlite = R"(
CREATE TABLE tracks (
  track_id VARCHAR(64) NOT NULL PRIMARY KEY,
  owner VARCHAR(300) NOT NULL,
  title TEXT NOT NULL,
  artist TEXT NOT NULL,
  album TEXT NOT NULL,
  duration BIGINT NOT NULL,
  mime_type VARCHAR(64) NOT NULL,
  file VARCHAR(128) NOT NULL,
  cover VARCHAR(128) NOT NULL,
  size_bytes BIGINT NOT NULL,
  content_hash VARCHAR(64) NOT NULL,
  peaks TEXT NOT NULL,
  search_text TEXT NOT NULL,
  added_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX tracks_by_content ON tracks (owner, content_hash);
CREATE INDEX tracks_by_text ON tracks (owner, search_text)
)";

constexpr std::string_view tables_of_postgresql = R"(
CREATE TABLE tracks (
  track_id VARCHAR(64) NOT NULL PRIMARY KEY,
  owner VARCHAR(300) NOT NULL,
  title TEXT NOT NULL,
  artist TEXT NOT NULL,
  album TEXT NOT NULL,
  duration BIGINT NOT NULL,
  mime_type VARCHAR(64) NOT NULL,
  file VARCHAR(128) NOT NULL,
  cover VARCHAR(128) NOT NULL,
  size_bytes BIGINT NOT NULL,
  content_hash VARCHAR(64) NOT NULL,
  peaks TEXT NOT NULL,
  search_text TEXT COLLATE "C" NOT NULL,
  added_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX tracks_by_content ON tracks (owner, content_hash);
CREATE INDEX tracks_by_owner ON tracks (owner)
)";

constexpr std::array steps{
    store::Migration{.component = "tracks_library",
                     .version = 1,
                     .name = "tracks",
                     .sqlite = tables_of_sqlite,
                     .postgresql = tables_of_postgresql},
};

}  // namespace

std::span<const store::Migration> TracksStore::migrations() noexcept {
  return steps;
}

}  // namespace pulso::tracks
