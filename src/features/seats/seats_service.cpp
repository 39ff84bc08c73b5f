#include "features/seats/seats_service.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/random.h"
#include "features/seats/user_info.h"

namespace pulso::seats {

using boost::asio::awaitable;

RoomRef SeatsService::prepared(const RoomId& id) const {
  RoomRef room = parts_.directory.known(id);
  return room && room->is_loaded ? room : nullptr;
}

awaitable<Outcome<RoomRef>> SeatsService::prepare(RoomId id) {
  Outcome<RoomRef> room = co_await parts_.directory.find(id);
  if (!room) co_return std::unexpected{std::move(room.error())};
  if (!(*room)->is_loaded) {
    if (auto loaded = co_await parts_.holds.load(id); !loaded) co_return std::unexpected{std::move(loaded.error())};
    (*room)->is_loaded = true;
  }
  co_return room;
}

Outcome<> SeatsService::check_access(const Room& room, const auth::Principal& principal) const {
  const RoomDefinitionRef definition = room.definition();
  if (definition && !definition->admits(principal)) return refuse(SeatsErrc::forbidden);
  return {};
}

Outcome<> SeatsService::check_open(const Room& room) const {
  const RoomDefinitionRef definition = room.definition();
  if (definition && !definition->is_open(parts_.clock.now())) return refuse(SeatsErrc::room_closed);
  return {};
}

awaitable<Outcome<JoinAnswer>> SeatsService::join(RoomRef room, ClientRef client, std::uint64_t connection,
                                                  std::optional<std::uint64_t> since) {
  if (auto access = check_access(*room, *client->principal); !access) co_return std::unexpected{access.error()};
  Caller caller{.owner = client->owner, .client_id = client->client_id, .origin = {connection, 0}};
  Outcome<JoinAnswer> answer = co_await parts_.holds.join(room->id(), std::move(caller), since);
  if (answer) {
    parts_.feed.start(room, answer->offset);
    parts_.metrics.joins.add();
  }
  co_return answer;
}

awaitable<Outcome<>> SeatsService::leave(RoomRef room, OwnerId owner, std::uint64_t connection) {
  co_return co_await parts_.holds.leave(room->id(), std::move(owner), connection);
}

awaitable<Outcome<HoldAnswer>> SeatsService::select(RoomRef room, ClientRef client, Origin origin, SeatId seat,
                                                    boost::json::object user_info) {
  if (auto access = check_access(*room, *client->principal); !access) co_return std::unexpected{access.error()};
  if (const RoomDefinitionRef definition = room->definition()) {
    if (auto known = definition->check_seat(seat); !known) co_return std::unexpected{known.error()};
  }
  if (auto open = check_open(*room); !open) co_return std::unexpected{open.error()};
  Outcome<std::string> shared = shared_user_info(user_info, parts_.options.user_info_shared);
  if (!shared) co_return std::unexpected{std::move(shared.error())};
  Caller caller{.owner = client->owner, .client_id = client->client_id, .origin = origin};
  SelectSeat command{.seat = std::move(seat), .user_info = std::move(*shared), .hold_id = random_token()};
  Outcome<HoldAnswer> answer = co_await parts_.holds.select(room->id(), std::move(caller), std::move(command));
  if (answer && answer->offset > 0) parts_.metrics.holds.add();
  co_return answer;
}

awaitable<Outcome<std::uint64_t>> SeatsService::release(RoomRef room, ClientRef client, Origin origin, SeatId seat) {
  Caller caller{.owner = client->owner, .client_id = client->client_id, .origin = origin};
  co_return co_await parts_.holds.release(room->id(), std::move(caller), std::move(seat));
}

awaitable<Outcome<HoldAnswer>> SeatsService::renew(RoomRef room, ClientRef client, Origin origin, SeatId seat) {
  if (auto open = check_open(*room); !open) co_return std::unexpected{open.error()};
  Caller caller{.owner = client->owner, .client_id = client->client_id, .origin = origin};
  co_return co_await parts_.holds.renew(room->id(), std::move(caller), std::move(seat));
}

awaitable<Outcome<RoomSnapshotRef>> SeatsService::snapshot(RoomRef room, ClientRef client) {
  if (auto access = check_access(*room, *client->principal); !access) co_return std::unexpected{access.error()};
  co_return co_await parts_.holds.snapshot(room->id());
}

awaitable<Outcome<std::vector<SoldSeat>>> SeatsService::confirm(RoomId id, ConfirmSeats command) {
  Outcome<RoomRef> room = co_await prepare(id);
  if (!room) co_return std::unexpected{std::move(room.error())};
  auto known = co_await parts_.store.seats_of_reference(id, command.reference);
  if (!known) co_return refuse(known.error());

  std::string buyer = command.client_id;
  if (!*known) {
    auto locked = co_await parts_.holds.begin_confirm(id, command);
    if (!locked) co_return std::unexpected{std::move(locked.error())};
    buyer = locked->front().display_name;
  }
  auto sold = co_await parts_.store.sell(id, command.reference, buyer, command.seats, parts_.clock.now());
  if (!sold) {
    // Only a definite no unlocks the holds. Where the commit's answer was lost, the lock runs out and `settle` looks.
    if (sold.error().code != make_error_code(Errc::conflict)) co_return refuse(sold.error());
    if (!*known) static_cast<void>(co_await parts_.holds.abort_confirm(id, command.reference));
    Refusal refusal{.code = SeatsErrc::conflict, .field = {}, .expires_at = {}, .seat = sold.error().field};
    if (!refusal.seat.empty()) refusal.code = SeatsErrc::seat_sold;
    co_return std::unexpected{std::move(refusal)};
  }
  // The sale is made; should live state not take it now, `settle` brings it there.
  static_cast<void>(co_await parts_.holds.finish_confirm(id, *sold));
  if (!*known) parts_.metrics.sold.add(sold->size());
  co_return std::move(*sold);
}

awaitable<Outcome<>> SeatsService::unsell(RoomId id, SeatId seat) {
  Outcome<RoomRef> room = co_await prepare(id);
  if (!room) co_return std::unexpected{std::move(room.error())};
  Result<bool> was_sold = co_await parts_.store.unsell(id, seat);
  if (!was_sold) co_return refuse(was_sold.error());
  // Also where the database had it free already: a first attempt may have ended between the two.
  auto freed = co_await parts_.holds.unsell(id, seat);
  if (!freed) co_return freed;
  if (!*was_sold) co_return refuse(SeatsErrc::not_found);
  co_return Outcome<>{};
}

awaitable<Outcome<bool>> SeatsService::put_room(RoomId id, std::string text) {
  Outcome<RoomDefinitionRef> definition = parse_room_definition(text);
  if (!definition) co_return std::unexpected{std::move(definition.error())};
  Result<bool> is_new = co_await parts_.store.put_definition(id, (*definition)->text, parts_.clock.now());
  if (!is_new) co_return refuse(is_new.error());
  parts_.directory.invalidate(id);
  parts_.announce_definition(id);
  co_return *is_new;
}

awaitable<Outcome<std::vector<SeatsStore::ListedRoom>>> SeatsService::rooms() {
  auto listed = co_await parts_.store.definitions(listed_rooms_max);
  if (!listed) co_return refuse(listed.error());
  co_return std::move(*listed);
}

awaitable<bool> SeatsService::expire(RoomId id) {
  Outcome<ExpiryAnswer> answer = co_await parts_.holds.expire(id);
  if (!answer) co_return false;
  if (answer->unverified.empty()) co_return true;
  co_return co_await settle(std::move(id), std::move(answer->unverified));
}

awaitable<bool> SeatsService::settle(RoomId id, std::vector<Hold> unverified) {
  Result<DurableRoom> durable = co_await parts_.store.load_room(id, false);
  if (!durable) co_return false;
  std::vector<SoldSeat> sold;
  std::set<std::string> references;
  for (const Hold& hold : unverified) {
    const auto found = std::ranges::find(durable->sold, hold.seat, &SoldSeat::seat);
    if (found != durable->sold.end()) {
      sold.push_back(*found);
    } else {
      references.insert(hold.reference);
    }
  }
  if (!sold.empty() && !co_await parts_.holds.finish_confirm(id, std::move(sold))) co_return false;
  for (const std::string& reference : references) {
    if (!co_await parts_.holds.abort_confirm(id, reference)) co_return false;
  }
  co_return true;
}

}  // namespace pulso::seats
