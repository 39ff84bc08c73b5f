#pragma once
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "features/seats/room.h"
#include "features/seats/seats_options.h"
#include "features/seats/seats_store.h"

namespace pulso::seats {

/// The rooms that this instance has to do with, each one object. Thread-safe.
class RoomDirectory {
 public:
  RoomDirectory(const SeatsOptions& options, SeatsStore& store) : options_(options), store_(store) {}

  /// The room if it is known here and up to date; null means that `find` has to ask the database.
  [[nodiscard]] RoomRef known(const RoomId& id) const;
  /// The same, also where its definition has to be read again.
  [[nodiscard]] RoomRef known_or_stale(const RoomId& id) const;
  /// The room, read from the database when needed; `unknown_room` where only declared rooms exist.
  [[nodiscard]] boost::asio::awaitable<Outcome<RoomRef>> find(RoomId id);
  /// Somebody has put this room anew, or (empty) anything may have changed.
  void invalidate(const RoomId& id);
  /// Drops rooms that nobody refers to.
  void forget_unused();
  [[nodiscard]] std::vector<RoomRef> all() const;

 private:
  const SeatsOptions& options_;
  SeatsStore& store_;
  mutable std::mutex mutex_;
  std::unordered_map<RoomId, RoomRef> rooms_;
};

}  // namespace pulso::seats
