#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "features/seats/seat.h"
#include "features/seats/seats_errors.h"
#include "features/seats/seats_options.h"

/// The rules of one room's seats: synchronous and pure. Every function takes `now`, changes `RoomState` and notes in
/// `Changes` what happened. `redis/*.lua` are the same rules where several instances share the state; the test
/// `seat_holds_conformance` holds both to one behaviour.
namespace pulso::seats {

/// An owner in a room: its connections, or the grace it has left after the last one went.
struct Member {
  std::vector<std::uint64_t> connections;  ///< ids; mostly one
  /// When its holds are released as `disconnected`; nothing while connected, or where holds are kept.
  std::optional<WallTime> leaves_at;
  std::vector<std::string> display_names;  ///< one for each `client_id` it came with
};

struct RoomState {
  /// Offset of the last change. A room that is forgotten and made anew starts later (`first_offset`), so that an offset
  /// never means two things.
  std::uint64_t offset = 0;
  std::map<SeatId, Hold> holds;
  std::map<SeatId, SoldSeat> sold;
  std::unordered_map<OwnerId, Member> members;
  /// Points to the keys of `members`, where one address serves all names.
  std::unordered_map<std::string, const OwnerId*> owner_by_display_name;
  /// No hold falls due before this; may be too early, never too late.
  WallTime next_due = WallTime::max();
};

/// What a decision did, in order: to be journaled, then announced.
struct Changes {
  std::vector<SeatChange> events;
  std::vector<SeatId> touched;   ///< seats whose hold is new, other, or gone
  std::vector<Hold> unverified;  ///< confirmations whose lock lapsed: only the database knows whether they were sold
};

/// Who asks, and from where.
struct Caller {
  OwnerId owner;
  std::string client_id;  ///< empty where only an owner is known (a long poll)
  Origin origin;
};

struct SelectSeat {
  SeatId seat;
  std::string user_info;  ///< as others see it
  std::string hold_id;    ///< for the hold, if it comes to one
};

/// What the shop asks to be sold: `client_id` (either name) or `owner`, all seats or none.
struct ConfirmSeats {
  std::string client_id;
  OwnerId owner;
  std::vector<SeatId> seats;
  std::vector<std::string> hold_ids;  ///< empty, or one for each seat in the same order
  std::string reference;
};

/// The answer to a selection or renewal. `offset` is 0 when nothing changed (one's own seat again).
struct HoldAnswer {
  Hold hold;
  std::uint64_t offset = 0;
};

/// An offset that is later than any that an earlier incarnation of the room can have reached: milliseconds since 1970.
[[nodiscard]] std::uint64_t first_offset(WallTime now) noexcept;

/// Releases what is due. First of all in every decision.
void expire(RoomState& room, Changes& changes, WallTime now);
/// Recomputes `next_due` exactly.
void update_next_due(RoomState& room);

/// Takes the caller's connection in, once however often it asks, and gives the name under which others see it (empty
/// without a `client_id`).
std::string join(RoomState& room, const Caller& caller);
/// Takes a connection out, if it is in; after the last one the owner's holds have `disconnect_grace` left.
void leave(RoomState& room, const OwnerId& owner, std::uint64_t connection, const SeatsOptions& options, WallTime now);

[[nodiscard]] Outcome<HoldAnswer> select(RoomState& room, Changes& changes, const Caller& caller,
                                         const SelectSeat& command, const SeatsOptions& options, WallTime now);
[[nodiscard]] Outcome<std::uint64_t> release(RoomState& room, Changes& changes, const Caller& caller,
                                             const SeatId& seat, WallTime now);
[[nodiscard]] Outcome<HoldAnswer> renew(RoomState& room, Changes& changes, const Caller& caller, const SeatId& seat,
                                        const SeatsOptions& options, WallTime now);

/// Locks the holds against lapsing. Seats already sold under the same reference pass, so that a confirmation that broke
/// off can be asked again.
[[nodiscard]] Outcome<std::vector<Hold>> begin_confirm(RoomState& room, Changes& changes, const ConfirmSeats& command,
                                                       const SeatsOptions& options, WallTime now);
/// Turns what the database says is sold into sold seats, whatever holds there are. Idempotent.
void finish_confirm(RoomState& room, Changes& changes, const std::vector<SoldSeat>& sold, WallTime now);
/// Unlocks the holds of that reference.
void abort_confirm(RoomState& room, Changes& changes, const std::string& reference, WallTime now);
/// Frees a seat that the database no longer has as sold. Idempotent.
void unsell(RoomState& room, Changes& changes, const SeatId& seat, WallTime now);

}  // namespace pulso::seats
