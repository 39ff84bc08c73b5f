#include "features/seats/memory_seat_holds.h"

#include <algorithm>
#include <iterator>
#include <ranges>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace pulso::seats {

using boost::asio::awaitable;

/// A room and what goes with it besides the rules: the log for resuming, and the snapshot that joins share.
struct MemorySeatHolds::Room {
  std::mutex mutex;
  RoomState state;
  std::deque<SeatChange> log;       ///< without gaps, up to `logged_offset`
  std::uint64_t logged_offset = 0;  ///< `state.offset` outside of decisions
  RoomSnapshotRef snapshot;         ///< of `state.offset`, or null
  std::uint64_t epoch = 0;          ///< of the journal when the durable state was read; 0 before
  WallTime announced_due = WallTime::max();
};

MemorySeatHolds::MemorySeatHolds(Dependencies dependencies)
    : options_(dependencies.options),
      clock_(dependencies.clock),
      load_room_(std::move(dependencies.load_room)),
      listener_(std::move(dependencies.listener)),
      journal_(std::make_shared<SeatsJournal>(
          std::move(dependencies.executor), std::move(dependencies.write),
          [this](std::vector<JournalEntry> entries, bool committed) { settle(std::move(entries), committed); })) {}

MemorySeatHolds::~MemorySeatHolds() = default;

MemorySeatHolds::RoomRef MemorySeatHolds::room_of(const RoomId& id) {
  const std::lock_guard lock{rooms_mutex_};
  RoomRef& room = rooms_[id];
  if (!room) room = std::make_shared<Room>();
  return room;
}

awaitable<Outcome<>> MemorySeatHolds::load(RoomId id) {
  const RoomRef room = room_of(id);
  const std::uint64_t epoch = journal_->epoch();
  {
    const std::lock_guard lock{room->mutex};
    if (room->epoch == epoch) co_return Outcome<>{};
  }
  Result<DurableRoom> durable = co_await load_room_(id);
  if (!durable) co_return refuse(durable.error());

  const std::lock_guard lock{room->mutex};
  if (room->epoch == epoch) co_return Outcome<>{};
  RoomState& state = room->state;
  const WallTime now = clock_.now();
  const bool is_reload = room->epoch != 0;
  // Members stay; what they were told of the seats may be wrong, so the offset jumps and the log has nothing to offer.
  state.offset = std::max(state.offset + 2, first_offset(now));
  room->log.clear();
  room->logged_offset = state.offset;
  room->snapshot.reset();
  state.holds.clear();
  state.sold.clear();
  for (SoldSeat& sold : durable->sold) state.sold.emplace(sold.seat, std::move(sold));
  for (Hold& hold : durable->holds) {
    // A sale whose live half was cut off by a crash.
    if (state.sold.contains(hold.seat)) continue;
    auto& [owner, member] = *state.members.try_emplace(hold.owner).first;
    // After a restart nobody is connected yet: the grace begins now.
    if (member.connections.empty() && options_.disconnect_grace && !member.leaves_at) {
      member.leaves_at = now + *options_.disconnect_grace;
    }
    if (state.owner_by_display_name.try_emplace(hold.display_name, &owner).second) {
      member.display_names.push_back(hold.display_name);
    }
    state.holds.emplace(hold.seat, std::move(hold));
  }
  update_next_due(state);
  room->announced_due = state.next_due;
  room->epoch = epoch;
  if (state.next_due != WallTime::max()) listener_.on_due(id, state.next_due);
  if (is_reload) listener_.on_gap(id);
  co_return Outcome<>{};
}

/// Decides under the room's lock and answers once the journal has settled everything decided up to here.
template <class T, class Decide>
awaitable<Outcome<T>> MemorySeatHolds::decide(RoomId id, Decide decision) {
  // A room may be forgotten, or its epoch end, between reading it and deciding: then it is read again.
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (auto loaded = co_await load(id); !loaded) co_return std::unexpected{std::move(loaded.error())};
    const RoomRef room = room_of(id);
    auto initiate = [&](auto handler) {
      const auto executor = boost::asio::get_associated_executor(handler);
      auto complete = [executor](auto to_complete, std::optional<Outcome<T>> outcome) {
        boost::asio::post(executor, [to_complete = std::move(to_complete), outcome = std::move(outcome)]() mutable {
          to_complete(std::move(outcome));
        });
      };
      const std::lock_guard lock{room->mutex};
      if (room->epoch == 0) return complete(std::move(handler), std::nullopt);
      Changes changes;
      seats::expire(room->state, changes, clock_.now());
      Outcome<T> outcome = decision(*room, changes);
      log(*room, changes);
      JournalEntry entry{.room = id, .records = {}, .events = std::move(changes.events), .done = {}};
      for (SeatId& seat : changes.touched) {
        const auto held = room->state.holds.find(seat);
        JournalRecord record{.room = id, .seat = seat, .hold = {}};
        if (held != room->state.holds.end()) record.hold = held->second;
        entry.records.push_back(std::move(record));
      }
      auto shared = std::make_shared<decltype(handler)>(std::move(handler));
      entry.done = [shared, complete, outcome = std::move(outcome)](bool committed) mutable {
        if (!committed) outcome = refuse(SeatsErrc::unavailable);
        complete(std::move(*shared), std::move(outcome));
      };
      if (!journal_->append(entry, room->epoch)) {
        // What was decided rests on what never became durable, or can't become so now.
        room->epoch = 0;
        entry.done(false);
        return;
      }
      if (room->state.next_due < room->announced_due) {
        room->announced_due = room->state.next_due;
        listener_.on_due(id, room->announced_due);
      }
    };
    auto outcome =
        co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(std::optional<Outcome<T>>)>(
            std::move(initiate), boost::asio::use_awaitable);
    if (outcome) co_return std::move(*outcome);
  }
  co_return refuse(SeatsErrc::unavailable);
}

void MemorySeatHolds::log(Room& room, const Changes& changes) {
  if (room.logged_offset == room.state.offset) return;
  room.snapshot.reset();
  for (const SeatChange& change : changes.events) {
    if (change.offset > room.logged_offset) room.log.push_back(change);
  }
  room.logged_offset = room.state.offset;
  const WallTime oldest = clock_.now() - options_.resume_window;
  while (!room.log.empty() && (room.log.size() > options_.resume_events_max || room.log.front().at < oldest)) {
    room.log.pop_front();
  }
}

void MemorySeatHolds::settle(std::vector<JournalEntry> entries, bool committed) {
  if (committed) {
    // One publication for each room of the batch, so that what was decided together is written together.
    for (std::size_t first = 0; first < entries.size(); ++first) {
      std::vector<SeatChange> events = std::move(entries[first].events);
      if (events.empty()) continue;
      for (std::size_t i = first + 1; i < entries.size(); ++i) {
        if (entries[i].room != entries[first].room) continue;
        events.insert(events.end(), std::make_move_iterator(entries[i].events.begin()),
                      std::make_move_iterator(entries[i].events.end()));
        entries[i].events.clear();
      }
      listener_.on_changes(entries[first].room, std::move(events));
    }
  }
  for (JournalEntry& entry : entries) entry.done(committed);
}

JoinAnswer MemorySeatHolds::joined(Room& room, std::string display_name, std::optional<std::uint64_t> since) {
  JoinAnswer answer{.display_name = std::move(display_name), .offset = room.state.offset, .missed = {}, .snapshot = {}};
  if (since && *since <= room.state.offset && *since + room.log.size() >= room.state.offset) {
    const auto count = static_cast<std::ptrdiff_t>(room.state.offset - *since);
    answer.missed.assign(room.log.end() - count, room.log.end());
    return answer;
  }
  if (!room.snapshot) {
    auto snapshot = std::make_shared<RoomSnapshot>();
    snapshot->offset = room.state.offset;
    std::ranges::copy(room.state.holds | std::views::values, std::back_inserter(snapshot->holds));
    std::ranges::copy(room.state.sold | std::views::values, std::back_inserter(snapshot->sold));
    room.snapshot = std::move(snapshot);
  }
  answer.snapshot = room.snapshot;
  return answer;
}

awaitable<Outcome<JoinAnswer>> MemorySeatHolds::join(RoomId id, Caller caller, std::optional<std::uint64_t> since) {
  return decide<JoinAnswer>(std::move(id), [this, caller = std::move(caller), since](Room& room, Changes& changes) {
    log(room, changes);  // what has just expired belongs to the state that is handed out
    return Outcome<JoinAnswer>{joined(room, seats::join(room.state, caller), since)};
  });
}

awaitable<Outcome<>> MemorySeatHolds::leave(RoomId id, OwnerId owner, std::uint64_t connection) {
  return decide<void>(std::move(id), [this, owner = std::move(owner), connection](Room& room, Changes&) {
    seats::leave(room.state, owner, connection, options_, clock_.now());
    return Outcome<>{};
  });
}

awaitable<Outcome<HoldAnswer>> MemorySeatHolds::select(RoomId id, Caller caller, SelectSeat command) {
  return decide<HoldAnswer>(
      std::move(id), [this, caller = std::move(caller), command = std::move(command)](Room& room, Changes& changes) {
        return seats::select(room.state, changes, caller, command, options_, clock_.now());
      });
}

awaitable<Outcome<std::uint64_t>> MemorySeatHolds::release(RoomId id, Caller caller, SeatId seat) {
  return decide<std::uint64_t>(
      std::move(id), [this, caller = std::move(caller), seat = std::move(seat)](Room& room, Changes& changes) {
        return seats::release(room.state, changes, caller, seat, clock_.now());
      });
}

awaitable<Outcome<HoldAnswer>> MemorySeatHolds::renew(RoomId id, Caller caller, SeatId seat) {
  return decide<HoldAnswer>(std::move(id),
                            [this, caller = std::move(caller), seat = std::move(seat)](Room& room, Changes& changes) {
                              return seats::renew(room.state, changes, caller, seat, options_, clock_.now());
                            });
}

awaitable<Outcome<std::vector<Hold>>> MemorySeatHolds::begin_confirm(RoomId id, ConfirmSeats command) {
  return decide<std::vector<Hold>>(std::move(id), [this, command = std::move(command)](Room& room, Changes& changes) {
    return seats::begin_confirm(room.state, changes, command, options_, clock_.now());
  });
}

awaitable<Outcome<>> MemorySeatHolds::finish_confirm(RoomId id, std::vector<SoldSeat> sold) {
  return decide<void>(std::move(id), [this, sold = std::move(sold)](Room& room, Changes& changes) {
    seats::finish_confirm(room.state, changes, sold, clock_.now());
    return Outcome<>{};
  });
}

awaitable<Outcome<>> MemorySeatHolds::abort_confirm(RoomId id, std::string reference) {
  return decide<void>(std::move(id), [this, reference = std::move(reference)](Room& room, Changes& changes) {
    seats::abort_confirm(room.state, changes, reference, clock_.now());
    return Outcome<>{};
  });
}

awaitable<Outcome<>> MemorySeatHolds::unsell(RoomId id, SeatId seat) {
  return decide<void>(std::move(id), [this, seat = std::move(seat)](Room& room, Changes& changes) {
    seats::unsell(room.state, changes, seat, clock_.now());
    return Outcome<>{};
  });
}

awaitable<Outcome<RoomSnapshotRef>> MemorySeatHolds::snapshot(RoomId id) {
  return decide<RoomSnapshotRef>(std::move(id), [this](Room& room, Changes& changes) {
    log(room, changes);
    return Outcome<RoomSnapshotRef>{joined(room, {}, std::nullopt).snapshot};
  });
}

awaitable<Outcome<std::optional<std::vector<SeatChange>>>> MemorySeatHolds::changes_since(RoomId id,
                                                                                          std::uint64_t offset) {
  using Missed = std::optional<std::vector<SeatChange>>;
  return decide<Missed>(std::move(id), [this, offset](Room& room, Changes& changes) {
    log(room, changes);
    JoinAnswer answer = joined(room, {}, offset);
    return Outcome<Missed>{answer.snapshot ? Missed{} : Missed{std::move(answer.missed)}};
  });
}

awaitable<Outcome<ExpiryAnswer>> MemorySeatHolds::expire(RoomId id) {
  return decide<ExpiryAnswer>(std::move(id), [](Room& room, Changes& changes) {
    // Whatever falls due next is to be announced anew.
    room.announced_due = WallTime::max();
    return Outcome<ExpiryAnswer>{ExpiryAnswer{.unverified = std::move(changes.unverified)}};
  });
}

void MemorySeatHolds::forget_idle_rooms() {
  const WallTime oldest = clock_.now() - options_.resume_window;
  const std::lock_guard lock{rooms_mutex_};
  std::erase_if(rooms_, [&](const auto& entry) {
    Room& room = *entry.second;
    // Whoever else has the reference is about to decide on it.
    if (entry.second.use_count() > 1) return false;
    const std::lock_guard room_lock{room.mutex};
    return room.state.members.empty() && room.state.holds.empty() && (room.log.empty() || room.log.back().at < oldest);
  });
}

}  // namespace pulso::seats
