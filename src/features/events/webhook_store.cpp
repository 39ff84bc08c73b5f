#include "features/events/webhook_store.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <soci/soci.h>

#include "features/events/log_writer.h"

namespace pulso::events {

using store::Session;

namespace {

const std::string webhook_columns =
    "w.webhook, w.account, w.url, w.secret, w.types, w.position, w.failures, w.not_before_ms, w.created_ms";
const std::string delivery_columns = "sequence, event_id, attempts, last_error, next_ms, dead";

long long ms_of(WallTime time) {
  return time.time_since_epoch().count();
}
WallTime time_of(long long ms) {
  return WallTime{milliseconds{ms}};
}

std::string joined(const std::vector<std::string>& types) {
  std::string text;
  for (const std::string& type : types) text += (text.empty() ? "" : ",") + type;
  return text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> types;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    types.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return types;
}

std::vector<Webhook> webhooks_of(const soci::rowset<soci::row>& rows) {
  std::vector<Webhook> webhooks;
  for (const soci::row& row : rows) {
    webhooks.push_back({.id = row.get<std::string>(0),
                        .account = AccountId{row.get<std::string>(1)},
                        .url = row.get<std::string>(2),
                        .secret = row.get<std::string>(3),
                        .types = split(row.get<std::string>(4)),
                        .position = static_cast<std::uint64_t>(row.get<long long>(5)),
                        .failures = row.get<long long>(6),
                        .not_before = time_of(row.get<long long>(7)),
                        .created = time_of(row.get<long long>(8))});
  }
  return webhooks;
}

std::vector<WebhookDelivery> deliveries_of(const soci::rowset<soci::row>& rows) {
  std::vector<WebhookDelivery> deliveries;
  for (const soci::row& row : rows) {
    deliveries.push_back({.sequence = static_cast<std::uint64_t>(row.get<long long>(0)),
                          .event_id = row.get<std::string>(1),
                          .attempts = row.get<long long>(2),
                          .last_error = row.get<std::string>(3),
                          .next = time_of(row.get<long long>(4)),
                          .state = row.get<long long>(5) != 0 ? DeliveryState::dead : DeliveryState::due});
  }
  return deliveries;
}

/// False where somebody else has written it since the caller did.
bool write(Session& session, const Webhook& webhook, WallTime until) {
  const long long failures = webhook.failures, not_before = ms_of(until), found = ms_of(webhook.not_before);
  const auto position = static_cast<long long>(webhook.position);
  soci::statement statement =
      (session.sql().prepare << "UPDATE webhooks SET position = :position, failures = :failures, "
                                "not_before_ms = :not_before WHERE webhook = :webhook AND not_before_ms = :found",
       soci::use(position), soci::use(failures), soci::use(not_before), soci::use(webhook.id), soci::use(found));
  statement.execute(true);
  return statement.get_affected_rows() > 0;
}

void write(Session& session, const std::string& webhook, const WebhookDelivery& delivery) {
  const auto sequence = static_cast<long long>(delivery.sequence);
  if (delivery.state == DeliveryState::taken) {
    session.sql() << "DELETE FROM webhook_deliveries WHERE webhook = :webhook AND sequence = :sequence",
        soci::use(webhook), soci::use(sequence);
    return;
  }
  const long long attempts = delivery.attempts, next = ms_of(delivery.next);
  const long long dead = delivery.state == DeliveryState::dead ? 1 : 0;
  session.sql() << "INSERT INTO webhook_deliveries (webhook, sequence, event_id, attempts, last_error, next_ms, dead) "
                   "VALUES (:webhook, :sequence, :event, :attempts, :error, :next, :dead) "
                   "ON CONFLICT (webhook, sequence) DO UPDATE SET attempts = excluded.attempts, "
                   "last_error = excluded.last_error, next_ms = excluded.next_ms, dead = excluded.dead",
      soci::use(webhook), soci::use(sequence), soci::use(delivery.event_id), soci::use(attempts),
      soci::use(delivery.last_error), soci::use(next), soci::use(dead);
}

}  // namespace

WebhookStore::Answer<void> WebhookStore::insert(Webhook webhook) {
  co_return co_await database_.transact<void>([webhook = std::move(webhook)](Session& session) -> Result<void> {
    const LogWriter holder{session, webhook.account, webhook.created};  // those who add one count one after the other
    long long count = 0;
    session.sql() << "SELECT count(*) FROM webhooks WHERE account = :account", soci::use(webhook.account.value()),
        soci::into(count);
    if (count >= static_cast<long long>(webhooks_max)) return fail(Errc::conflict);
    const std::string types = joined(webhook.types);
    const long long created = ms_of(webhook.created);
    session.sql() << "INSERT INTO webhooks (webhook, account, url, secret, types, position, failures, not_before_ms, "
                     "created_ms) VALUES (:webhook, :account, :url, :secret, :types, COALESCE((SELECT last_sequence "
                     "FROM event_accounts WHERE account = :same), 0), 0, 0, :created)",
        soci::use(webhook.id), soci::use(webhook.account.value()), soci::use(webhook.url), soci::use(webhook.secret),
        soci::use(types), soci::use(webhook.account.value()), soci::use(created);
    return {};
  });
}

WebhookStore::Answer<std::vector<Webhook>> WebhookStore::list(AccountId account) {
  using All = std::vector<Webhook>;
  co_return co_await database_.transact<All>([account](Session& session) -> Result<All> {
    const soci::rowset<soci::row> rows =
        (session.sql().prepare << "SELECT " + webhook_columns +
                                      " FROM webhooks w WHERE w.account = :account ORDER BY w.created_ms, w.webhook",
         soci::use(account.value()));
    return webhooks_of(rows);
  });
}

WebhookStore::Answer<bool> WebhookStore::remove(AccountId account, std::string webhook) {
  co_return co_await database_.transact<bool>(
      [account, webhook = std::move(webhook)](Session& session) -> Result<bool> {
        soci::statement statement =
            (session.sql().prepare << "DELETE FROM webhooks WHERE webhook = :webhook AND account = :account",
             soci::use(webhook), soci::use(account.value()));
        statement.execute(true);
        if (statement.get_affected_rows() == 0) return false;
        session.sql() << "DELETE FROM webhook_deliveries WHERE webhook = :webhook", soci::use(webhook);
        return true;
      });
}

WebhookStore::Answer<std::vector<Webhook>> WebhookStore::claim(WallTime now, milliseconds lease, std::size_t count,
                                                               std::vector<std::string> served) {
  using All = std::vector<Webhook>;
  co_return co_await database_.transact<All>([now, lease, count,
                                              served = std::move(served)](Session& session) -> Result<All> {
    const long long now_ms = ms_of(now), until = ms_of(now + lease);
    const auto limit = static_cast<long long>(count) + static_cast<long long>(served.size());
    const soci::rowset<soci::row> rows =
        (session.sql().prepare << "SELECT " + webhook_columns +
                                      " FROM webhooks w JOIN event_accounts a ON a.account = w.account "
                                      "WHERE w.not_before_ms <= :now AND (w.position < a.last_sequence OR EXISTS "
                                      "(SELECT 1 FROM webhook_deliveries d WHERE d.webhook = w.webhook AND d.dead = 0 "
                                      "AND d.next_ms <= :same)) ORDER BY w.not_before_ms LIMIT :count",
         soci::use(now_ms, "now"), soci::use(now_ms, "same"), soci::use(limit, "count"));
    All claimed;
    for (Webhook& webhook : webhooks_of(rows)) {
      if (claimed.size() == count) break;
      if (std::ranges::find(served, webhook.id) != served.end()) continue;
      const long long found = ms_of(webhook.not_before);
      soci::statement statement =
          (session.sql().prepare << "UPDATE webhooks SET not_before_ms = :until WHERE webhook = :webhook AND "
                                    "not_before_ms = :found",
           soci::use(until), soci::use(webhook.id), soci::use(found));
      statement.execute(true);
      if (statement.get_affected_rows() == 0) continue;  // another was quicker
      webhook.not_before = time_of(until);
      claimed.push_back(std::move(webhook));
    }
    return claimed;
  });
}

WebhookStore::Answer<bool> WebhookStore::save(Webhook webhook, WallTime not_before) {
  co_return co_await database_.transact<bool>(
      [webhook = std::move(webhook), not_before](Session& session) -> Result<bool> {
        return write(session, webhook, not_before);
      });
}

WebhookStore::Answer<bool> WebhookStore::save(Webhook webhook, WallTime not_before, WebhookDelivery delivery) {
  co_return co_await database_.transact<bool>(
      [webhook = std::move(webhook), not_before, delivery = std::move(delivery)](Session& session) -> Result<bool> {
        if (!write(session, webhook, not_before)) return false;
        write(session, webhook.id, delivery);
        return true;
      });
}

WebhookStore::Answer<std::vector<WebhookDelivery>> WebhookStore::due(std::string webhook, WallTime now,
                                                                     std::size_t count) {
  using All = std::vector<WebhookDelivery>;
  co_return co_await database_.transact<All>(
      [webhook = std::move(webhook), now, count](Session& session) -> Result<All> {
        const long long now_ms = ms_of(now);
        const auto limit = static_cast<long long>(count);
        const soci::rowset<soci::row> rows =
            (session.sql().prepare << "SELECT " + delivery_columns +
                                          " FROM webhook_deliveries WHERE webhook = :webhook AND dead = 0 AND "
                                          "next_ms <= :now ORDER BY sequence LIMIT :count",
             soci::use(webhook), soci::use(now_ms), soci::use(limit));
        return deliveries_of(rows);
      });
}

WebhookStore::Answer<std::vector<WebhookDelivery>> WebhookStore::dead(std::string webhook, std::uint64_t before,
                                                                      std::size_t count) {
  using All = std::vector<WebhookDelivery>;
  co_return co_await database_.read<All>(
      [webhook = std::move(webhook), before, count](Session& session) -> Result<All> {
        const auto limit = static_cast<long long>(count);
        const auto end = static_cast<long long>(std::min<std::uint64_t>(before, std::numeric_limits<long long>::max()));
        const soci::rowset<soci::row> rows =
            (session.sql().prepare << "SELECT " + delivery_columns +
                                          " FROM webhook_deliveries WHERE webhook = :webhook AND dead = 1 AND "
                                          "sequence < :before ORDER BY sequence DESC LIMIT :count",
             soci::use(webhook), soci::use(end), soci::use(limit));
        return deliveries_of(rows);
      });
}

WebhookStore::Answer<Revival> WebhookStore::revive(Webhook webhook, std::string event_id, WallTime now) {
  co_return co_await database_.transact<Revival>(
      [webhook = std::move(webhook), event_id = std::move(event_id), now](Session& session) -> Result<Revival> {
        const long long now_ms = ms_of(now);
        // Of an id that was forgotten and used again there are two letters; the one of the event that is kept is meant.
        soci::statement statement =
            (session.sql().prepare << "UPDATE webhook_deliveries SET dead = 0, attempts = 0, next_ms = :now "
                                      "WHERE webhook = :webhook AND event_id = :event AND dead = 1 AND sequence IN "
                                      "(SELECT sequence FROM account_events WHERE account = :account AND "
                                      "event_id = :same)",
             soci::use(now_ms), soci::use(webhook.id), soci::use(event_id), soci::use(webhook.account.value()),
             soci::use(event_id));
        statement.execute(true);
        if (statement.get_affected_rows() == 0) {
          long long count = 0;
          session.sql() << "SELECT count(*) FROM webhook_deliveries WHERE webhook = :webhook AND event_id = :event "
                           "AND dead = 1",
              soci::use(webhook.id), soci::use(event_id), soci::into(count);
          return count == 0 ? Revival::unknown : Revival::forgotten;
        }
        session.sql() << "UPDATE webhooks SET failures = 0, not_before_ms = 0 WHERE webhook = :webhook",
            soci::use(webhook.id);
        return Revival::due;
      });
}

}  // namespace pulso::events
