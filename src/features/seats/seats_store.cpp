#include "features/seats/seats_store.h"

#include <algorithm>
#include <map>
#include <utility>

#include <soci/soci.h>

namespace pulso::seats {
namespace {

using boost::asio::awaitable;
using store::Session;

long long to_number(WallTime time) {
  return time.time_since_epoch().count();
}

WallTime to_time(long long number) {
  return WallTime{milliseconds{number}};
}

std::vector<SoldSeat> read_sold(soci::session& sql, const std::string& room) {
  std::vector<SoldSeat> sold;
  std::string seat;
  std::string client_id;
  std::string reference;
  long long sold_at = 0;
  soci::statement rows =
      (sql.prepare << "SELECT seat_id, client_id, reference, sold_at FROM seats_sold "
                      "WHERE room_id = :room ORDER BY seat_id",
       soci::use(room), soci::into(seat), soci::into(client_id), soci::into(reference), soci::into(sold_at));
  rows.execute();
  while (rows.fetch()) sold.push_back({SeatId{seat}, client_id, reference, to_time(sold_at)});
  return sold;
}

std::vector<Hold> read_holds(soci::session& sql, const std::string& room) {
  std::vector<Hold> holds;
  std::string seat, owner, client_id, display_name, user_info, hold_id, reference;
  long long selected_at = 0, expires_at = 0, confirming_until = 0;
  int renewals = 0;
  soci::statement rows =
      (sql.prepare << "SELECT seat_id, owner, client_id, display_name, user_info, hold_id, selected_at, expires_at, "
                      "renewals, confirming_until, reference FROM seats_holds WHERE room_id = :room",
       soci::use(room), soci::into(seat), soci::into(owner), soci::into(client_id), soci::into(display_name),
       soci::into(user_info), soci::into(hold_id), soci::into(selected_at), soci::into(expires_at),
       soci::into(renewals), soci::into(confirming_until), soci::into(reference));
  rows.execute();
  while (rows.fetch()) {
    Hold hold;
    hold.seat = SeatId{seat};
    hold.owner = OwnerId{owner};
    hold.client_id = client_id;
    hold.display_name = display_name;
    hold.user_info = user_info;
    hold.hold_id = hold_id;
    hold.selected_at = to_time(selected_at);
    hold.expires_at = to_time(expires_at);
    hold.renewals = static_cast<std::uint32_t>(renewals);
    if (confirming_until > 0) hold.confirming_until = to_time(confirming_until);
    hold.reference = reference;
    holds.push_back(std::move(hold));
  }
  return holds;
}

std::vector<SeatId> read_reference(soci::session& sql, const std::string& room, const std::string& reference) {
  std::vector<SeatId> seats;
  std::string seat;
  soci::statement rows = (sql.prepare << "SELECT seat_id FROM seats_references WHERE room_id = :room AND "
                                         "reference = :reference ORDER BY seat_id",
                          soci::use(room), soci::use(reference), soci::into(seat));
  rows.execute();
  while (rows.fetch()) seats.emplace_back(seat);
  return seats;
}

void delete_hold(soci::session& sql, const std::string& room, const std::string& seat) {
  sql << "DELETE FROM seats_holds WHERE room_id = :room AND seat_id = :seat", soci::use(room), soci::use(seat);
}

void upsert_hold(soci::session& sql, const std::string& room, const Hold& hold) {
  const long long selected_at = to_number(hold.selected_at);
  const long long expires_at = to_number(hold.expires_at);
  const long long confirming_until = hold.confirming_until ? to_number(*hold.confirming_until) : 0;
  const int renewals = static_cast<int>(hold.renewals);
  sql << "INSERT INTO seats_holds (room_id, seat_id, owner, client_id, display_name, user_info, hold_id, selected_at, "
         "expires_at, renewals, confirming_until, reference) VALUES (:room, :seat, :owner, :client, :display, :info, "
         ":hold, :selected, :expires, :renewals, :confirming, :reference) ON CONFLICT (room_id, seat_id) DO UPDATE SET "
         "owner = excluded.owner, client_id = excluded.client_id, display_name = excluded.display_name, "
         "user_info = excluded.user_info, hold_id = excluded.hold_id, selected_at = excluded.selected_at, "
         "expires_at = excluded.expires_at, renewals = excluded.renewals, "
         "confirming_until = excluded.confirming_until, reference = excluded.reference",
      soci::use(room), soci::use(hold.seat.value()), soci::use(hold.owner.value()), soci::use(hold.client_id),
      soci::use(hold.display_name), soci::use(hold.user_info), soci::use(hold.hold_id), soci::use(selected_at),
      soci::use(expires_at), soci::use(renewals), soci::use(confirming_until), soci::use(hold.reference);
}

}  // namespace

awaitable<Result<DurableRoom>> SeatsStore::load_room(RoomId room, bool with_holds) {
  co_return co_await database_.transact<DurableRoom>([room, with_holds](Session& session) -> Result<DurableRoom> {
    DurableRoom durable;
    durable.sold = read_sold(session.sql(), room.value());
    if (with_holds) durable.holds = read_holds(session.sql(), room.value());
    return durable;
  });
}

void SeatsStore::write_holds(std::vector<JournalRecord> records, std::move_only_function<void(Result<void>)> done) {
  auto work = [records = std::move(records)](Session& session) -> Result<void> {
    std::map<std::pair<std::string_view, std::string_view>, const JournalRecord*> last;
    for (const JournalRecord& record : records) last[{record.room.value(), record.seat.value()}] = &record;
    for (const auto& [key, record] : last) {
      if (record->hold) {
        upsert_hold(session.sql(), record->room.value(), *record->hold);
      } else {
        delete_hold(session.sql(), record->room.value(), record->seat.value());
      }
    }
    return {};
  };
  database_.post(std::move(work), std::move(done), store::Durability::process_death);
}

awaitable<Result<std::vector<RoomId>>> SeatsStore::rooms_with_holds() {
  using Rooms = std::vector<RoomId>;
  co_return co_await database_.transact<Rooms>([](Session& session) -> Result<Rooms> {
    Rooms rooms;
    std::string room;
    soci::statement rows = (session.sql().prepare << "SELECT DISTINCT room_id FROM seats_holds", soci::into(room));
    rows.execute();
    while (rows.fetch()) rooms.emplace_back(room);
    return rooms;
  });
}

awaitable<Result<std::optional<std::string>>> SeatsStore::definition(RoomId room) {
  using Definition = std::optional<std::string>;
  co_return co_await database_.transact<Definition>([room](Session& session) -> Result<Definition> {
    std::string definition;
    session.sql() << "SELECT definition FROM seats_rooms WHERE room_id = :room", soci::use(room.value()),
        soci::into(definition);
    return session.sql().got_data() ? Definition{std::move(definition)} : Definition{};
  });
}

awaitable<Result<bool>> SeatsStore::put_definition(RoomId room, std::string definition, WallTime now) {
  co_return co_await database_.transact<bool>([room, definition, now](Session& session) -> Result<bool> {
    const long long updated_at = to_number(now);
    soci::session& sql = session.sql();
    int known = 0;
    sql << "SELECT count(*) FROM seats_rooms WHERE room_id = :room", soci::use(room.value()), soci::into(known);
    sql << "INSERT INTO seats_rooms (room_id, definition, updated_at) VALUES (:room, :definition, :updated) "
           "ON CONFLICT (room_id) DO UPDATE SET definition = excluded.definition, updated_at = excluded.updated_at",
        soci::use(room.value()), soci::use(definition), soci::use(updated_at);
    return known == 0;
  });
}

awaitable<Result<std::vector<SeatsStore::ListedRoom>>> SeatsStore::definitions(std::size_t count_max) {
  using Rooms = std::vector<ListedRoom>;
  co_return co_await database_.transact<Rooms>([count_max](Session& session) -> Result<Rooms> {
    Rooms rooms;
    std::string room;
    std::string definition;
    const long long limit = static_cast<long long>(count_max);
    soci::statement rows =
        (session.sql().prepare << "SELECT room_id, definition FROM seats_rooms ORDER BY room_id LIMIT :limit",
         soci::use(limit), soci::into(room), soci::into(definition));
    rows.execute();
    while (rows.fetch()) rooms.push_back({RoomId{room}, definition});
    return rooms;
  });
}

awaitable<Result<std::vector<SoldSeat>>> SeatsStore::sell(RoomId room, std::string reference, std::string client_id,
                                                          std::vector<SeatId> seats, WallTime now) {
  using Sold = std::vector<SoldSeat>;
  std::ranges::sort(seats);
  co_return co_await database_.transact<Sold>([=](Session& session) -> Result<Sold> {
    soci::session& sql = session.sql();
    const std::vector<SeatId> known = read_reference(sql, room.value(), reference);
    if (!known.empty() && known != seats) return fail(Errc::conflict, "The reference was used for other seats.");
    Sold sold = read_sold(sql, room.value());
    if (known.empty()) {
      for (const SoldSeat& other : sold) {
        if (std::ranges::binary_search(seats, other.seat)) {
          return fail(Errc::conflict, "The seat is sold.", other.seat.value());
        }
      }
      sold.clear();
      const long long sold_at = to_number(now);
      for (const SeatId& seat : seats) {
        sql << "INSERT INTO seats_references (room_id, reference, seat_id) VALUES (:room, :reference, :seat)",
            soci::use(room.value()), soci::use(reference), soci::use(seat.value());
        sql << "INSERT INTO seats_sold (room_id, seat_id, client_id, reference, sold_at) VALUES (:room, :seat, "
               ":client, :reference, :sold)",
            soci::use(room.value()), soci::use(seat.value()), soci::use(client_id), soci::use(reference),
            soci::use(sold_at);
        sold.push_back({seat, client_id, reference, now});
      }
    }
    std::erase_if(sold, [&](const SoldSeat& seat) { return seat.reference != reference; });
    return sold;
  });
}

awaitable<Result<std::optional<std::vector<SeatId>>>> SeatsStore::seats_of_reference(RoomId room,
                                                                                     std::string reference) {
  using Seats = std::optional<std::vector<SeatId>>;
  co_return co_await database_.transact<Seats>([room, reference](Session& session) -> Result<Seats> {
    std::vector<SeatId> seats = read_reference(session.sql(), room.value(), reference);
    return seats.empty() ? Seats{} : Seats{std::move(seats)};
  });
}

awaitable<Result<bool>> SeatsStore::unsell(RoomId room, SeatId seat) {
  co_return co_await database_.transact<bool>([room, seat](Session& session) -> Result<bool> {
    soci::statement deleted =
        (session.sql().prepare << "DELETE FROM seats_sold WHERE room_id = :room AND seat_id = :seat",
         soci::use(room.value()), soci::use(seat.value()));
    deleted.execute(true);
    return deleted.get_affected_rows() > 0;
  });
}

}  // namespace pulso::seats
