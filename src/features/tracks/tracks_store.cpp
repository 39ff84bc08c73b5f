#include "features/tracks/tracks_store.h"

#include <utility>

#include <soci/soci.h>

#include "base/encoding.h"
#include "features/tracks/search_text.h"

namespace pulso::tracks {
namespace {

using boost::asio::awaitable;
using store::Session;

/// What a row is read into.
struct Row {
  std::string id, owner, title, artist, album, mime_type, file, cover;
  long long duration = 0, size_bytes = 0, added_at = 0;

  [[nodiscard]] Track track() const {
    return {.id = TrackId{id},
            .owner = UserId{owner},
            .title = title,
            .artist = artist,
            .album = album,
            .duration = milliseconds{duration},
            .mime_type = mime_type,
            .file = file,
            .cover = cover,
            .size_bytes = static_cast<std::uint64_t>(size_bytes),
            .added_at = WallTime{milliseconds{added_at}}};
  }
};

constexpr std::string_view columns =
    "track_id, owner, title, artist, album, duration, mime_type, file, cover, size_bytes, added_at";

/// A query whose number of bound values is known only when it is put together. The values outlive it.
class Query {
 public:
  Query(soci::session& sql, std::string text, const std::vector<std::string>& values) : statement_(sql) {
    statement_.alloc();
    statement_.prepare(text);
    for (const std::string& value : values) statement_.exchange(soci::use(value));
  }

  std::vector<Track> tracks() {
    Row row;
    for (std::string* text : {&row.id, &row.owner, &row.title, &row.artist, &row.album}) {
      statement_.exchange(soci::into(*text));
    }
    statement_.exchange(soci::into(row.duration));
    for (std::string* text : {&row.mime_type, &row.file, &row.cover}) statement_.exchange(soci::into(*text));
    statement_.exchange(soci::into(row.size_bytes));
    statement_.exchange(soci::into(row.added_at));
    statement_.define_and_bind();
    statement_.execute();
    std::vector<Track> found;
    while (statement_.fetch()) found.push_back(row.track());
    return found;
  }

  /// Of a query for one value.
  template <class T>
  T value() {
    T value{};
    statement_.exchange(soci::into(value));
    statement_.define_and_bind();
    statement_.execute(true);
    while (statement_.fetch()) {
    }
    return value;
  }

 private:
  soci::statement statement_;
};

std::optional<Track> read_one(Session& session, std::string_view condition, const std::vector<std::string>& values) {
  std::string text = "SELECT ";
  text.append(columns).append(" FROM tracks WHERE ").append(condition);
  std::vector<Track> found = Query{session.sql(), std::move(text), values}.tracks();
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

constexpr std::string_view is_visible = "(owner = '' OR owner = :owner)";

TrackPage read_page(Session& session, const TrackSearch& search) {
  std::vector<std::string> values{search.user.value()};
  std::string condition{is_visible};
  for (std::string& pattern : search_patterns(search.search)) {
    condition += " AND search_text LIKE :word" + std::to_string(values.size()) + R"( ESCAPE '\')";
    values.push_back(std::move(pattern));
  }
  TrackPage page;
  page.total = static_cast<std::uint64_t>(
      Query{session.sql(), "SELECT count(*) FROM tracks WHERE " + condition, values}.value<long long>());
  const std::uint64_t skipped = (std::uint64_t{search.page} - 1) * search.limit;
  if (skipped >= page.total) return page;
  std::string text = "SELECT ";
  text.append(columns).append(" FROM tracks WHERE ").append(condition);
  text +=
      " ORDER BY search_text, track_id LIMIT " + std::to_string(search.limit) + " OFFSET " + std::to_string(skipped);
  page.tracks = Query{session.sql(), std::move(text), values}.tracks();
  return page;
}

}  // namespace

awaitable<Result<std::optional<Track>>> TracksStore::find(TrackId track, UserId user) {
  using Found = std::optional<Track>;
  co_return co_await database_.read<Found>([track, user](Session& session) -> Result<Found> {
    return read_one(session, std::string{"track_id = :track AND "}.append(is_visible), {track.value(), user.value()});
  });
}

awaitable<Result<std::optional<Track>>> TracksStore::find_any(TrackId track) {
  using Found = std::optional<Track>;
  co_return co_await database_.read<Found>(
      [track](Session& session) -> Result<Found> { return read_one(session, "track_id = :track", {track.value()}); });
}

awaitable<Result<TrackPage>> TracksStore::search(TrackSearch search) {
  co_return co_await database_.read<TrackPage>(
      [search](Session& session) -> Result<TrackPage> { return read_page(session, search); });
}

awaitable<Result<std::optional<Waveform>>> TracksStore::waveform(TrackId track, UserId user) {
  using Found = std::optional<Waveform>;
  co_return co_await database_.read<Found>([track, user](Session& session) -> Result<Found> {
    const auto visible =
        read_one(session, std::string{"track_id = :track AND "}.append(is_visible), {track.value(), user.value()});
    if (!visible) return Found{};
    std::string peaks;
    session.sql() << "SELECT peaks FROM tracks WHERE track_id = :track", soci::use(track.value()), soci::into(peaks);
    return Waveform{.peaks = base64_decode(peaks).value_or(""), .duration = visible->duration};
  });
}

awaitable<Result<std::optional<Track>>> TracksStore::remove(TrackId track) {
  using Found = std::optional<Track>;
  co_return co_await database_.transact<Found>([track](Session& session) -> Result<Found> {
    Found found = read_one(session, "track_id = :track", {track.value()});
    session.sql() << "DELETE FROM tracks WHERE track_id = :track", soci::use(track.value());
    return found;
  });
}

Result<std::optional<Track>> TracksStore::find_content(const UserId& owner, const std::string& content_hash) {
  std::optional<Track> found;
  auto done = database_.run([&](Session& session) -> Result<void> {
    found = read_one(session, "owner = :owner AND content_hash = :hash", {owner.value(), content_hash});
    return {};
  });
  if (!done) return fail(done);
  return found;
}

Result<void> TracksStore::insert(const StoredTrack& stored) {
  return database_.run([&](Session& session) -> Result<void> {
    const Track& track = stored.track;
    const std::string search_text = fold_case(track.title + "\n" + track.artist + "\n" + track.album);
    const std::string peaks = base64_encode(stored.peaks);
    const long long duration = track.duration.count();
    const long long size_bytes = static_cast<long long>(track.size_bytes);
    const long long added_at = track.added_at.time_since_epoch().count();
    session.sql() << "INSERT INTO tracks (track_id, owner, title, artist, album, duration, mime_type, file, cover, "
                     "size_bytes, content_hash, peaks, search_text, added_at) VALUES (:track, :owner, :title, :artist, "
                     ":album, :duration, :mime, :file, :cover, :size, :hash, :peaks, :search, :added)",
        soci::use(track.id.value()), soci::use(track.owner.value()), soci::use(track.title), soci::use(track.artist),
        soci::use(track.album), soci::use(duration), soci::use(track.mime_type), soci::use(track.file),
        soci::use(track.cover), soci::use(size_bytes), soci::use(stored.content_hash), soci::use(peaks),
        soci::use(search_text), soci::use(added_at);
    return {};
  });
}

}  // namespace pulso::tracks
