#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "store/database.h"
#include "store/migrations.h"

namespace pulso::tracks {

/// Where a single instance keeps what its users hear, so that a restart goes on from there.
class PlaybackStore {
 public:
  explicit PlaybackStore(store::Database& database) : database_(database) {}

  [[nodiscard]] static std::span<const store::Migration> migrations() noexcept;

  struct Saved {
    std::string state;  ///< `encode_playback`
    WallTime saved_at{};
  };
  [[nodiscard]] boost::asio::awaitable<Result<std::optional<Saved>>> load(UserId user);

  struct Record {
    UserId user;
    std::string state;
    WallTime saved_at{};
  };
  /// Writes all in one transaction that survives the process. `done` as for `Database::post`.
  void save(std::vector<Record> records, std::move_only_function<void(Result<void>)> done);

 private:
  store::Database& database_;
};

}  // namespace pulso::tracks
