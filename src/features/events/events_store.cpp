#include "features/events/events_store.h"

#include <utility>

#include <soci/soci.h>

namespace pulso::events {

using boost::asio::awaitable;
using store::Session;

namespace {

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
  co_return co_await database_.transact<All>([account, sequence, count](Session& session) -> Result<All> {
    All events;
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
  });
}

awaitable<Result<LogExtent>> EventsStore::extent(AccountId account) {
  co_return co_await database_.transact<LogExtent>([account](Session& session) -> Result<LogExtent> {
    AccountRow row;
    read_account(session, account, row);
    return LogExtent{.pruned = static_cast<std::uint64_t>(row.pruned_sequence),
                     .last = static_cast<std::uint64_t>(row.last_sequence)};
  });
}

awaitable<Result<std::optional<std::uint64_t>>> EventsStore::find(AccountId account, std::string id) {
  using Found = std::optional<std::uint64_t>;
  co_return co_await database_.transact<Found>([account, id = std::move(id)](Session& session) -> Result<Found> {
    long long sequence = 0;
    session.sql() << "SELECT sequence FROM account_events WHERE account = :account AND event_id = :id",
        soci::use(account.value()), soci::use(id), soci::into(sequence);
    if (!session.sql().got_data()) return Found{};
    return Found{static_cast<std::uint64_t>(sequence)};
  });
}

awaitable<Result<std::optional<std::uint64_t>>> EventsStore::find_mark(AccountId account, std::int64_t ms) {
  using Found = std::optional<std::uint64_t>;
  co_return co_await database_.transact<Found>([account, ms](Session& session) -> Result<Found> {
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

awaitable<Result<LogMark>> EventsStore::mark(AccountId account, WallTime now) {
  co_return co_await database_.transact<LogMark>([account, now](Session& session) -> Result<LogMark> {
    LogWriter log{session, account, now};
    const std::int64_t ms = log.take_ms();
    log.finish();
    return LogMark{.ms = ms, .sequence = log.last_sequence()};
  });
}

awaitable<Result<void>> EventsStore::prune(WallTime before, std::uint64_t retained) {
  co_return co_await database_.transact<void>([before, retained](Session& session) -> Result<void> {
    const long long before_ms = milliseconds_of(before);
    const auto kept = static_cast<long long>(retained);
    std::vector<std::string> accounts;
    const soci::rowset<std::string> names =
        (session.sql().prepare << "SELECT account FROM event_accounts WHERE last_sequence > pruned_sequence");
    for (const std::string& name : names) accounts.push_back(name);
    for (const std::string& account : accounts) {
      long long sequence = 0, ms = 0;
      session.sql() << "SELECT sequence, at_ms FROM account_events WHERE account = :account AND (at_ms < :before OR "
                       "sequence <= (SELECT last_sequence FROM event_accounts WHERE account = :same) - :kept) "
                       "ORDER BY sequence DESC LIMIT 1",
          soci::use(account, "account"), soci::use(before_ms, "before"), soci::use(account, "same"),
          soci::use(kept, "kept"), soci::into(sequence), soci::into(ms);
      if (!session.sql().got_data()) continue;
      session.sql() << "DELETE FROM account_events WHERE account = :account AND sequence <= :sequence",
          soci::use(account), soci::use(sequence);
      session.sql()
          << "UPDATE event_accounts SET pruned_sequence = :sequence, pruned_ms = :ms WHERE account = :account",
          soci::use(sequence), soci::use(ms), soci::use(account);
    }
    return {};
  });
}

}  // namespace pulso::events
