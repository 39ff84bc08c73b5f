#include "features/seats/room_directory.h"

#include <utility>

#include "ops/log.h"

namespace pulso::seats {

RoomRef RoomDirectory::known(const RoomId& id) const {
  const std::lock_guard lock{mutex_};
  const auto found = rooms_.find(id);
  return found == rooms_.end() || found->second->is_stale() ? nullptr : found->second;
}

RoomRef RoomDirectory::known_or_stale(const RoomId& id) const {
  const std::lock_guard lock{mutex_};
  const auto found = rooms_.find(id);
  return found == rooms_.end() ? nullptr : found->second;
}

boost::asio::awaitable<Outcome<RoomRef>> RoomDirectory::find(RoomId id) {
  if (RoomRef room = known(id)) co_return room;
  Result<std::optional<std::string>> stored = co_await store_.definition(id);
  if (!stored) co_return refuse(stored.error());
  RoomDefinitionRef definition;
  if (*stored) {
    Outcome<RoomDefinitionRef> parsed = parse_room_definition(**stored);
    if (!parsed) {
      ops::log_error("seats", "a stored room definition can't be read", {{"room", id.value()}});
      co_return refuse(SeatsErrc::unavailable);
    }
    definition = std::move(*parsed);
  } else if (options_.rooms == RoomsMode::declared) {
    co_return refuse(SeatsErrc::unknown_room);
  }
  const std::lock_guard lock{mutex_};
  RoomRef& room = rooms_[id];
  if (room) {
    room->set_definition(std::move(definition));
  } else {
    room = std::make_shared<Room>(id, std::move(definition));
  }
  co_return room;
}

void RoomDirectory::invalidate(const RoomId& id) {
  const std::lock_guard lock{mutex_};
  for (auto& [known_id, room] : rooms_) {
    if (id.empty() || known_id == id) room->mark_stale();
  }
}

void RoomDirectory::forget_unused() {
  const std::lock_guard lock{mutex_};
  // Whoever is in a room, or is about to be, refers to it; new references are made under the lock only.
  std::erase_if(rooms_, [](const auto& entry) { return entry.second.use_count() == 1; });
}

std::vector<RoomRef> RoomDirectory::all() const {
  const std::lock_guard lock{mutex_};
  std::vector<RoomRef> rooms;
  rooms.reserve(rooms_.size());
  for (const auto& [id, room] : rooms_) rooms.push_back(room);
  return rooms;
}

}  // namespace pulso::seats
