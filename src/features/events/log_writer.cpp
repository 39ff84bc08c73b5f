#include "features/events/log_writer.h"

#include <algorithm>
#include <utility>

#include <soci/soci.h>

namespace pulso::events {
namespace {

bool has_event(store::Session& session, const AccountId& account, const std::string& id) {
  long long sequence = 0;
  session.sql() << "SELECT sequence FROM account_events WHERE account = :account AND event_id = :id",
      soci::use(account.value()), soci::use(id), soci::into(sequence);
  return session.sql().got_data();
}

}  // namespace

LogWriter::LogWriter(store::Session& session, AccountId account, WallTime now)
    : session_(session), account_(std::move(account)), now_ms_(now.time_since_epoch().count()) {
  session_.sql() << "INSERT INTO event_accounts (account, last_sequence, last_ms, pruned_sequence, pruned_ms) "
                    "VALUES (:account, 0, 0, 0, 0) "
                    "ON CONFLICT (account) DO UPDATE SET last_sequence = event_accounts.last_sequence",
      soci::use(account_.value());
  session_.sql() << "SELECT last_sequence, last_ms FROM event_accounts WHERE account = :account",
      soci::use(account_.value()), soci::into(last_sequence_), soci::into(last_ms_);
}

std::int64_t LogWriter::next_ms() const noexcept {
  return std::max(now_ms_, last_ms_ + 1);
}

Appended LogWriter::append(const EventDraft& draft) {
  if (!draft.id.empty() && has_event(session_, account_, draft.id)) return {.id = draft.id, .is_new = false};
  return {.id = insert(draft), .is_new = true};
}

void LogWriter::append_own(const EventDraft& draft) {
  insert(draft);
}

std::string LogWriter::insert(const EventDraft& draft) {
  ++last_sequence_;
  take_ms();
  std::string id = draft.id.empty() ? draft.type + "_" + std::to_string(last_ms_) : draft.id;
  session_.sql() << "INSERT INTO account_events (account, sequence, event_id, type, qr, data, at_ms) "
                    "VALUES (:account, :sequence, :id, :type, :qr, :data, :at)",
      soci::use(account_.value()), soci::use(last_sequence_), soci::use(id), soci::use(draft.type), soci::use(draft.qr),
      soci::use(draft.data), soci::use(last_ms_);
  return id;
}

void LogWriter::finish() {
  session_.sql() << "UPDATE event_accounts SET last_sequence = :sequence, last_ms = :ms WHERE account = :account",
      soci::use(last_sequence_), soci::use(last_ms_), soci::use(account_.value());
}

}  // namespace pulso::events
