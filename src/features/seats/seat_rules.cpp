#include "features/seats/seat_rules.h"

#include <algorithm>
#include <ranges>
#include <utility>

namespace pulso::seats {
namespace {

/// Names that one owner may hold reserved in a room.
constexpr std::size_t display_names_max = 16;

SeatChange& announce(RoomState& room, Changes& changes, EventKind kind, const Hold& hold, WallTime now) {
  SeatChange change;
  change.kind = kind;
  change.offset = ++room.offset;
  change.seats = {hold.seat};
  change.owner = hold.owner;
  change.client_id = hold.client_id;
  change.display_name = hold.display_name;
  change.hold_id = hold.hold_id;
  change.at = now;
  return changes.events.emplace_back(std::move(change));
}

void forget_if_gone(RoomState& room, const OwnerId& owner) {
  const auto found = room.members.find(owner);
  if (found == room.members.end() || !found->second.connections.empty()) return;
  const auto has_holds =
      std::ranges::any_of(room.holds, [&](const auto& entry) { return entry.second.owner == owner; });
  if (has_holds) return;
  for (const std::string& name : found->second.display_names) room.owner_by_display_name.erase(name);
  room.members.erase(found);
}

/// When the hold goes, if nothing happens before.
WallTime due_time(const RoomState& room, const Hold& hold) {
  if (hold.confirming_until) return *hold.confirming_until;
  const auto member = room.members.find(hold.owner);
  const bool is_leaving = member != room.members.end() && member->second.leaves_at;
  return is_leaving ? std::min(hold.expires_at, *member->second.leaves_at) : hold.expires_at;
}

/// The name under which others see `client_id` of `owner`: itself, or with `~2`, `~3`… where others have it already.
std::string claim_display_name(RoomState& room, const OwnerId& owner, const std::string& client_id) {
  auto& [key, member] = *room.members.try_emplace(owner).first;
  const auto is_free = [&](const std::string& name) {
    const auto found = room.owner_by_display_name.find(name);
    return found == room.owner_by_display_name.end() || *found->second == owner;
  };
  std::string name = client_id;
  // Beyond a few namesakes the number of names in the room is tried: nearly always free, and never a long search.
  for (std::size_t number = 2; !is_free(name); ++number) {
    if (number == 10) number = std::max(number, room.owner_by_display_name.size());
    name = client_id + '~' + std::to_string(number);
  }
  // Past the bound a name is used without being reserved: nobody fills the memory by coming back under new ids.
  if (member.display_names.size() < display_names_max && room.owner_by_display_name.try_emplace(name, &key).second) {
    member.display_names.push_back(name);
  }
  return name;
}

std::size_t count_holds(const RoomState& room, const OwnerId& owner) {
  return static_cast<std::size_t>(
      std::ranges::count_if(room.holds, [&](const auto& entry) { return entry.second.owner == owner; }));
}

}  // namespace

std::uint64_t first_offset(WallTime now) noexcept {
  return static_cast<std::uint64_t>(now.time_since_epoch().count());
}

void update_next_due(RoomState& room) {
  room.next_due = WallTime::max();
  for (const Hold& hold : room.holds | std::views::values) {
    room.next_due = std::min(room.next_due, due_time(room, hold));
  }
}

void expire(RoomState& room, Changes& changes, WallTime now) {
  if (now < room.next_due) return;
  std::vector<Hold> due;
  for (const Hold& hold : room.holds | std::views::values) {
    if (due_time(room, hold) > now) continue;
    if (hold.confirming_until) {
      changes.unverified.push_back(hold);
    } else {
      due.push_back(hold);
    }
  }
  for (const Hold& hold : due) {
    room.holds.erase(hold.seat);
    changes.touched.push_back(hold.seat);
    SeatChange& change = announce(room, changes, EventKind::released, hold, now);
    change.reason = hold.expires_at <= now ? ReleaseReason::expired : ReleaseReason::disconnected;
    forget_if_gone(room, hold.owner);
  }
  update_next_due(room);
}

std::string join(RoomState& room, const Caller& caller) {
  Member& member = room.members[caller.owner];
  if (std::ranges::find(member.connections, caller.origin.connection) == member.connections.end()) {
    member.connections.push_back(caller.origin.connection);
  }
  if (member.leaves_at) {
    member.leaves_at.reset();
    update_next_due(room);
  }
  return caller.client_id.empty() ? std::string{} : claim_display_name(room, caller.owner, caller.client_id);
}

void leave(RoomState& room, const OwnerId& owner, std::uint64_t connection, const SeatsOptions& options, WallTime now) {
  const auto found = room.members.find(owner);
  if (found == room.members.end() || std::erase(found->second.connections, connection) == 0) return;
  if (!found->second.connections.empty()) return;
  if (options.disconnect_grace) {
    found->second.leaves_at = now + *options.disconnect_grace;
    room.next_due = std::min(room.next_due, *found->second.leaves_at);
  }
  forget_if_gone(room, owner);
}

Outcome<HoldAnswer> select(RoomState& room, Changes& changes, const Caller& caller, const SelectSeat& command,
                           const SeatsOptions& options, WallTime now) {
  if (room.sold.contains(command.seat)) return refuse(SeatsErrc::seat_sold);
  if (const auto held = room.holds.find(command.seat); held != room.holds.end()) {
    if (held->second.owner == caller.owner) return HoldAnswer{held->second, 0};
    return std::unexpected{
        Refusal{.code = SeatsErrc::seat_taken, .field = {}, .expires_at = held->second.expires_at, .seat = {}}};
  }
  if (count_holds(room, caller.owner) >= options.max_seats) return refuse(SeatsErrc::seat_limit);

  Member& member = room.members[caller.owner];
  Hold hold;
  hold.seat = command.seat;
  hold.owner = caller.owner;
  hold.client_id = caller.client_id;
  hold.display_name = claim_display_name(room, caller.owner, caller.client_id);
  hold.user_info = command.user_info;
  hold.hold_id = command.hold_id;
  hold.selected_at = now;
  hold.expires_at = now + options.hold_ttl;
  // Selected over HTTP: whoever is not connected has the grace of one who has just gone.
  if (member.connections.empty() && options.disconnect_grace) member.leaves_at = now + *options.disconnect_grace;
  room.holds.emplace(hold.seat, hold);
  room.next_due = std::min(room.next_due, due_time(room, hold));
  changes.touched.push_back(hold.seat);

  SeatChange& change = announce(room, changes, EventKind::selected, hold, now);
  change.user_info = hold.user_info;
  change.expires_at = hold.expires_at;
  change.origin = caller.origin;
  return HoldAnswer{std::move(hold), change.offset};
}

Outcome<std::uint64_t> release(RoomState& room, Changes& changes, const Caller& caller, const SeatId& seat,
                               WallTime now) {
  if (room.sold.contains(seat)) return refuse(SeatsErrc::seat_sold);
  const auto held = room.holds.find(seat);
  // A hold that the shop is just turning into a sale is no longer the client's to give back.
  if (held == room.holds.end() || held->second.owner != caller.owner) return refuse(SeatsErrc::not_owner);
  if (held->second.confirming_until) return refuse(SeatsErrc::seat_sold);
  const Hold hold = std::move(held->second);
  room.holds.erase(held);
  changes.touched.push_back(seat);
  SeatChange& change = announce(room, changes, EventKind::released, hold, now);
  change.origin = caller.origin;
  forget_if_gone(room, hold.owner);
  return change.offset;
}

Outcome<HoldAnswer> renew(RoomState& room, Changes& changes, const Caller& caller, const SeatId& seat,
                          const SeatsOptions& options, WallTime now) {
  if (room.sold.contains(seat)) return refuse(SeatsErrc::seat_sold);
  const auto held = room.holds.find(seat);
  if (held == room.holds.end() || held->second.owner != caller.owner) return refuse(SeatsErrc::not_owner);
  Hold& hold = held->second;
  if (hold.confirming_until) return refuse(SeatsErrc::seat_sold);
  if (hold.renewals >= options.max_renewals) return refuse(SeatsErrc::renew_limit);
  ++hold.renewals;
  hold.expires_at = now + options.hold_ttl;
  changes.touched.push_back(seat);
  SeatChange& change = announce(room, changes, EventKind::renewed, hold, now);
  change.expires_at = hold.expires_at;
  change.origin = caller.origin;
  return HoldAnswer{hold, change.offset};
}

Outcome<std::vector<Hold>> begin_confirm(RoomState& room, Changes& changes, const ConfirmSeats& command,
                                         const SeatsOptions& options, WallTime now) {
  const auto refuse_seat = [](SeatsErrc code, const SeatId& seat) {
    return std::unexpected{Refusal{.code = code, .field = {}, .expires_at = {}, .seat = seat.value()}};
  };
  const auto is_buyer = [&](const Hold& hold) {
    if (!command.owner.empty()) return hold.owner == command.owner;
    return hold.client_id == command.client_id || hold.display_name == command.client_id;
  };
  std::vector<Hold*> holds;
  for (std::size_t i = 0; i < command.seats.size(); ++i) {
    const SeatId& seat = command.seats[i];
    if (room.sold.contains(seat)) return refuse_seat(SeatsErrc::seat_sold, seat);
    const auto held = room.holds.find(seat);
    if (held == room.holds.end() || !is_buyer(held->second)) return refuse_seat(SeatsErrc::not_owner, seat);
    Hold& hold = held->second;
    if (!command.hold_ids.empty() && hold.hold_id != command.hold_ids[i])
      return refuse_seat(SeatsErrc::not_owner, seat);
    if (hold.confirming_until && hold.reference != command.reference) return refuse_seat(SeatsErrc::conflict, seat);
    // Two anonymous clients may share an id: one sale never takes from both.
    if (!holds.empty() && holds.front()->owner != hold.owner) return refuse_seat(SeatsErrc::not_owner, seat);
    holds.push_back(&hold);
  }
  std::vector<Hold> locked;
  for (Hold* hold : holds) {
    hold->confirming_until = now + options.confirm_lock;
    hold->reference = command.reference;
    changes.touched.push_back(hold->seat);
    locked.push_back(*hold);
  }
  update_next_due(room);
  return locked;
}

void finish_confirm(RoomState& room, Changes& changes, const std::vector<SoldSeat>& sold, WallTime now) {
  // One event for each buyer's seats, so that an owner is told of its own.
  std::map<std::string, SeatChange> change_by_buyer;
  std::vector<OwnerId> owners;
  for (const SoldSeat& seat : sold) {
    if (!room.sold.emplace(seat.seat, seat).second) continue;
    SeatChange& change = change_by_buyer[seat.client_id];
    change.kind = EventKind::sold;
    change.display_name = change.client_id = seat.client_id;
    change.reference = seat.reference;
    change.at = now;
    change.seats.push_back(seat.seat);
    if (const auto held = room.holds.find(seat.seat); held != room.holds.end()) {
      change.owner = held->second.owner;
      change.client_id = held->second.client_id;
      owners.push_back(held->second.owner);
      room.holds.erase(held);
      changes.touched.push_back(seat.seat);
    }
  }
  for (SeatChange& change : change_by_buyer | std::views::values) {
    change.offset = ++room.offset;
    changes.events.push_back(std::move(change));
  }
  for (const OwnerId& owner : owners) forget_if_gone(room, owner);
}

void abort_confirm(RoomState& room, Changes& changes, const std::string& reference, WallTime now) {
  for (Hold& hold : room.holds | std::views::values) {
    if (!hold.confirming_until || hold.reference != reference) continue;
    hold.confirming_until.reset();
    hold.reference.clear();
    changes.touched.push_back(hold.seat);
  }
  update_next_due(room);
  expire(room, changes, now);
}

void unsell(RoomState& room, Changes& changes, const SeatId& seat, WallTime now) {
  const auto found = room.sold.find(seat);
  if (found == room.sold.end()) return;
  SeatChange change;
  change.kind = EventKind::unsold;
  change.offset = ++room.offset;
  change.seats = {seat};
  change.client_id = change.display_name = found->second.client_id;
  change.at = now;
  room.sold.erase(found);
  changes.events.push_back(std::move(change));
}

}  // namespace pulso::seats
