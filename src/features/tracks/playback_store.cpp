#include "features/tracks/playback_store.h"

#include <array>
#include <utility>

#include <soci/soci.h>

namespace pulso::tracks {

using boost::asio::awaitable;
using store::Session;

namespace {

// Both engines take the same statements. Times are milliseconds since 1970; `state` is JSON.
constexpr std::string_view first_tables = R"(
CREATE TABLE tracks_playback (
  user_id VARCHAR(300) NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  saved_at BIGINT NOT NULL
)
)";

constexpr std::array steps{
    store::Migration{.component = "tracks_playback",
                     .version = 1,
                     .name = "what users hear",
                     .sqlite = first_tables,
                     .postgresql = first_tables},
};

}  // namespace

std::span<const store::Migration> PlaybackStore::migrations() noexcept {
  return steps;
}

awaitable<Result<std::optional<PlaybackStore::Saved>>> PlaybackStore::load(UserId user) {
  using Found = std::optional<Saved>;
  co_return co_await database_.transact<Found>([user](Session& session) -> Result<Found> {
    Saved saved;
    long long saved_at = 0;
    session.sql() << "SELECT state, saved_at FROM tracks_playback WHERE user_id = :user", soci::use(user.value()),
        soci::into(saved.state), soci::into(saved_at);
    if (!session.sql().got_data()) return Found{};
    saved.saved_at = WallTime{milliseconds{saved_at}};
    return Found{std::move(saved)};
  });
}

void PlaybackStore::save(std::vector<Record> records, std::move_only_function<void(Result<void>)> done) {
  auto work = [records = std::move(records)](Session& session) -> Result<void> {
    for (const Record& record : records) {
      const long long saved_at = record.saved_at.time_since_epoch().count();
      session.sql() << "INSERT INTO tracks_playback (user_id, state, saved_at) VALUES (:user, :state, :saved) "
                       "ON CONFLICT (user_id) DO UPDATE SET state = excluded.state, saved_at = excluded.saved_at",
          soci::use(record.user.value()), soci::use(record.state), soci::use(saved_at);
    }
    return {};
  };
  database_.post(std::move(work), std::move(done), store::Durability::process_death);
}

}  // namespace pulso::tracks
