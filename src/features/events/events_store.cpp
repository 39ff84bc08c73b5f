#include "features/events/events_store.h"

#include <algorithm>
#include <utility>

#include <soci/soci.h>

namespace pulso::events {

using boost::asio::awaitable;
using store::Session;

namespace {

constexpr long long pruned_at_once = 5'000;

struct AccountRow {
  long long last_sequence = 0;
  long long last_ms = 0;
  long long pruned_sequence = 0;
  long long pruned_ms = 0;
};

long long milliseconds_of(WallTime time) {
  return time.time_since_epoch().count();
}

/// False, and zeros, where the account has never had an event.
bool read_account(Session& session, const AccountId& account, AccountRow& row) {
  session.sql() << "SELECT last_sequence, last_ms, pruned_sequence, pruned_ms FROM event_accounts "
                   "WHERE account = :account",
      soci::use(account.value()), soci::into(row.last_sequence), soci::into(row.last_ms),
      soci::into(row.pruned_sequence), soci::into(row.pruned_ms);
  return session.sql().got_data();
}

std::vector<AccountEvent> read_behind(Session& session, const AccountId& account, std::uint64_t sequence,
                                      std::size_t count) {
  std::vector<AccountEvent> events;
  const auto from = static_cast<long long>(sequence);
  const auto limit = static_cast<long long>(count);
  const soci::rowset<soci::row> rows =
      (session.sql().prepare << "SELECT sequence, event_id, type, qr, data FROM account_events "
                                "WHERE account = :account AND sequence > :sequence ORDER BY sequence LIMIT :count",
       soci::use(account.value()), soci::use(from), soci::use(limit));
  for (const soci::row& row : rows) {
    events.push_back({.sequence = static_cast<std::uint64_t>(row.get<long long>(0)),
                      .id = row.get<std::string>(1),
                      .type = row.get<std::string>(2),
                      .qr = row.get<std::string>(3),
                      .data = row.get<std::string>(4)});
  }
  return events;
}

/// The last event that is to be forgotten, 0 when all are kept: events from before a time are behind none that is
/// younger, since times increase with the numbers.
long long last_to_forget(Session& session, const std::string& account, const AccountRow& row, WallTime before,
                         std::uint64_t retained) {
  const long long before_ms = milliseconds_of(before);
  long long oldest = 0;
  session.sql() << "SELECT sequence FROM account_events WHERE account = :account AND at_ms < :before "
                   "ORDER BY at_ms DESC LIMIT 1",
      soci::use(account), soci::use(before_ms), soci::into(oldest);
  return std::max(oldest, row.last_sequence - static_cast<long long>(retained));
}

}  // namespace

awaitable<Result<std::vector<Appended>>> EventsStore::append(AccountId account, std::vector<EventDraft> drafts,
                                                             WallTime now) {
  using All = std::vector<Appended>;
  co_return co_await database_.transact<All>(
      [account, drafts = std::move(drafts), now](Session& session) -> Result<All> {
        All appended;
        LogWriter log{session, account, now};
        for (const EventDraft& draft : drafts) appended.push_back(log.append(draft));
        log.finish();
        return appended;
      });
}

awaitable<Result<std::vector<AccountEvent>>> EventsStore::behind(AccountId account, std::uint64_t sequence,
                                                                 std::size_t count) {
  using All = std::vector<AccountEvent>;
  co_return co_await database_.read<All>([account, sequence, count](Session& session) -> Result<All> {
    return read_behind(session, account, sequence, count);
  });
}

awaitable<Result<LogExtent>> EventsStore::extent(AccountId account) {
  co_return co_await database_.read<LogExtent>([account](Session& session) -> Result<LogExtent> {
    AccountRow row;
    read_account(session, account, row);
    return LogExtent{.pruned = static_cast<std::uint64_t>(row.pruned_sequence),
                     .last = static_cast<std::uint64_t>(row.last_sequence)};
  });
}

awaitable<Result<std::optional<std::uint64_t>>> EventsStore::find(AccountId account, std::string id) {
  using Found = std::optional<std::uint64_t>;
  co_return co_await database_.read<Found>([account, id = std::move(id)](Session& session) -> Result<Found> {
    long long sequence = 0;
    session.sql() << "SELECT sequence FROM account_events WHERE account = :account AND event_id = :id",
        soci::use(account.value()), soci::use(id), soci::into(sequence);
    if (!session.sql().got_data()) return Found{};
    return Found{static_cast<std::uint64_t>(sequence)};
  });
}

awaitable<Result<std::optional<std::uint64_t>>> EventsStore::find_mark(AccountId account, std::int64_t ms) {
  using Found = std::optional<std::uint64_t>;
  co_return co_await database_.read<Found>([account, ms](Session& session) -> Result<Found> {
    AccountRow row;
    read_account(session, account, row);
    if (ms < row.pruned_ms) return Found{};
    const long long until = ms;
    long long sequence = 0;
    session.sql() << "SELECT sequence FROM account_events WHERE account = :account AND at_ms <= :ms "
                     "ORDER BY at_ms DESC LIMIT 1",
        soci::use(account.value()), soci::use(until), soci::into(sequence);
    return Found{static_cast<std::uint64_t>(session.sql().got_data() ? sequence : row.pruned_sequence)};
  });
}

awaitable<Result<LogMark>> EventsStore::mark(AccountId account, WallTime now, std::optional<std::uint64_t> known,
                                             std::size_t count) {
  // Lost with the machine's power, a mark is below the clock when it is back: SQLite's only instance has that clock.
  const auto durability =
      database_.engine() == store::Engine::sqlite ? store::Durability::process_death : store::Durability::power_loss;
  co_return co_await database_.transact<LogMark>(
      [account, now, known, count](Session& session) -> Result<LogMark> {
        // Whoever else holds the row for long does not hold up our threads: another heartbeat comes.
        if (session.engine() == store::Engine::postgresql) session.sql() << "SET LOCAL lock_timeout = 100";
        LogWriter log{session, account, now};
        LogMark mark{.ms = log.take_ms(), .sequence = log.last_sequence(), .events = {}};
        if (known && *known < mark.sequence) mark.events = read_behind(session, account, *known, count);
        log.finish();
        return mark;
      },
      durability);
}

awaitable<Result<void>> EventsStore::prune(WallTime before, std::uint64_t retained) {
  using Names = std::vector<std::string>;
  auto accounts = co_await database_.read<Names>([](Session& session) -> Result<Names> {
    const soci::rowset<std::string> names =
        (session.sql().prepare << "SELECT account FROM event_accounts WHERE last_sequence > pruned_sequence");
    return Names(names.begin(), names.end());
  });
  if (!accounts) co_return fail(accounts);
  for (const std::string& account : *accounts) {
    while (true) {
      auto goes_on = co_await prune_some(account, before, retained);
      if (!goes_on) co_return fail(goes_on);
      if (!*goes_on) break;
    }
  }
  co_return Result<void>{};
}

awaitable<Result<bool>> EventsStore::prune_some(std::string account, WallTime before, std::uint64_t retained) {
  auto last = co_await database_.read<long long>([account, before, retained](Session& session) -> Result<long long> {
    AccountRow row;
    read_account(session, AccountId{account}, row);
    const long long sequence = last_to_forget(session, account, row, before, retained);
    return sequence > row.pruned_sequence ? std::min(sequence, row.pruned_sequence + pruned_at_once) : 0;
  });
  if (!last) co_return fail(last);
  if (*last == 0) co_return false;
  co_return co_await database_.transact<bool>([account, sequence = *last](Session& session) -> Result<bool> {
    long long ms = 0;
    session.sql() << "SELECT at_ms FROM account_events WHERE account = :account AND sequence = :sequence",
        soci::use(account), soci::use(sequence), soci::into(ms);
    if (!session.sql().got_data()) return true;  // another instance was quicker
    session.sql() << "DELETE FROM account_events WHERE account = :account AND sequence <= :sequence",
        soci::use(account), soci::use(sequence);
    session.sql() << "UPDATE event_accounts SET pruned_sequence = :sequence, pruned_ms = :ms "
                     "WHERE account = :account AND pruned_sequence < :same",
        soci::use(sequence, "sequence"), soci::use(ms, "ms"), soci::use(account, "account"),
        soci::use(sequence, "same");
    return true;
  });
}

}  // namespace pulso::events
