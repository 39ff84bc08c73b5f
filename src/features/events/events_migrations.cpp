#include <array>

#include "features/events/events_store.h"

namespace pulso::events {
namespace {

// Both engines take the same statements. Times are milliseconds since 1970; `data` is JSON. Of what is not kept any
// more, an account's row says where it ended.
constexpr std::string_view first_tables = R"(
CREATE TABLE event_accounts (
  account VARCHAR(300) NOT NULL PRIMARY KEY,
  last_sequence BIGINT NOT NULL,
  last_ms BIGINT NOT NULL,
  pruned_sequence BIGINT NOT NULL,
  pruned_ms BIGINT NOT NULL
);
CREATE TABLE account_events (
  account VARCHAR(300) NOT NULL,
  sequence BIGINT NOT NULL,
  event_id VARCHAR(200) NOT NULL,
  type VARCHAR(64) NOT NULL,
  qr VARCHAR(200) NOT NULL,
  data TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (account, sequence)
);
CREATE UNIQUE INDEX account_events_by_id ON account_events (account, event_id);
CREATE INDEX account_events_by_time ON account_events (account, at_ms)
)";

// Amounts are counts of the currency's smallest unit; flags are 0 or 1. A movement has two entries whose sum is zero;
// the sum of the entries of the book `account:<id>` is that account's balance.
constexpr std::string_view ledger_tables = R"(
CREATE TABLE ledger_accounts (
  account VARCHAR(300) NOT NULL PRIMARY KEY,
  currency VARCHAR(3) NOT NULL,
  balance BIGINT NOT NULL CHECK (balance >= 0),
  available BIGINT NOT NULL CHECK (available >= 0),
  movements BIGINT NOT NULL,
  qrs BIGINT NOT NULL,
  created_ms BIGINT NOT NULL
);
CREATE TABLE ledger_qrs (
  qr VARCHAR(20) NOT NULL PRIMARY KEY,
  account VARCHAR(300) NOT NULL,
  number BIGINT NOT NULL,
  transaction_id VARCHAR(128) NOT NULL,
  amount BIGINT NOT NULL,
  currency VARCHAR(3) NOT NULL,
  description TEXT NOT NULL,
  due_ms BIGINT NOT NULL,
  single_use BIGINT NOT NULL,
  modify_amount BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  paid BIGINT NOT NULL,
  payments BIGINT NOT NULL,
  created_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX ledger_qrs_by_number ON ledger_qrs (account, number);
CREATE UNIQUE INDEX ledger_qrs_by_transaction ON ledger_qrs (account, transaction_id);
CREATE INDEX ledger_qrs_by_due ON ledger_qrs (due_ms) WHERE status = 'active' AND due_ms > 0;
CREATE TABLE ledger_payments (
  account VARCHAR(300) NOT NULL,
  transaction_id VARCHAR(128) NOT NULL,
  qr VARCHAR(20) NOT NULL,
  amount BIGINT NOT NULL,
  currency VARCHAR(3) NOT NULL,
  sender_name TEXT NOT NULL,
  sender_document_id TEXT NOT NULL,
  sender_account TEXT NOT NULL,
  sender_bank_code TEXT NOT NULL,
  description TEXT NOT NULL,
  paid_ms BIGINT NOT NULL,
  movement BIGINT NOT NULL,
  new_status VARCHAR(16) NOT NULL,
  new_balance BIGINT NOT NULL,
  refunded BIGINT NOT NULL,
  PRIMARY KEY (account, transaction_id)
);
CREATE INDEX ledger_payments_by_qr ON ledger_payments (qr, movement);
CREATE UNIQUE INDEX ledger_payments_by_movement ON ledger_payments (account, movement);
CREATE TABLE ledger_movements (
  account VARCHAR(300) NOT NULL,
  number BIGINT NOT NULL,
  type VARCHAR(16) NOT NULL,
  amount BIGINT NOT NULL,
  currency VARCHAR(3) NOT NULL,
  previous_balance BIGINT NOT NULL,
  new_balance BIGINT NOT NULL,
  previous_available BIGINT NOT NULL,
  new_available BIGINT NOT NULL,
  qr VARCHAR(20) NOT NULL,
  transaction_id VARCHAR(128) NOT NULL,
  refund_id VARCHAR(128) NOT NULL,
  counter_book VARCHAR(128) NOT NULL,
  description TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (account, number)
);
CREATE UNIQUE INDEX ledger_movements_by_refund ON ledger_movements (account, refund_id) WHERE refund_id <> '';
CREATE TABLE ledger_entries (
  account VARCHAR(300) NOT NULL,
  number BIGINT NOT NULL,
  book VARCHAR(320) NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (account, number, book)
)
)";

// Where other applications put events of their own, in their own transactions, on PostgreSQL: a view to insert into,
// `INSERT INTO event_outbox (account, type, data) VALUES ('1', 'price', '{"amount":1}')`, with `event_id` and `qr`
// where they are known. The row becomes an event of the account's log in the inserting transaction, numbered as our own
// are, and the instances are told at its commit. An id that the log has already is not stored again. What may not be
// published by clients may not be inserted either: see `account_event.h`.
constexpr std::string_view outbox = R"(
CREATE VIEW event_outbox AS
  SELECT account, type, CAST(data AS json) AS data, event_id, qr FROM account_events;
CREATE FUNCTION event_outbox_insert() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  number BIGINT;
  ms BIGINT;
  id TEXT;
BEGIN
  IF coalesce(NEW.account, '') = '' THEN
    RAISE EXCEPTION 'an event belongs to an account' USING ERRCODE = 'check_violation';
  END IF;
  IF coalesce(NEW.type, '') !~ '^[A-Za-z0-9_.-]{1,64}$' OR NEW.type IN ('connection', 'heartbeat', 'reset', 'error',
      'open', 'qr_created', 'qr_payment', 'qr_status_change', 'account_balance_update') THEN
    RAISE EXCEPTION 'events of this type are not published' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.data IS NULL OR octet_length(CAST(NEW.data AS text)) > 65536 THEN
    RAISE EXCEPTION 'data is JSON of at most 64 KiB' USING ERRCODE = 'check_violation';
  END IF;
  id = coalesce(NEW.event_id, '');
  IF octet_length(id) > 200 OR id ~ '[\x01-\x1f]' OR id LIKE 'welcome\_%' OR id LIKE 'heartbeat\_%' THEN
    RAISE EXCEPTION 'an event_id is one line of at most 200 bytes' USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO event_accounts (account, last_sequence, last_ms, pruned_sequence, pruned_ms)
    VALUES (NEW.account, 0, 0, 0, 0)
    ON CONFLICT (account) DO UPDATE SET last_sequence = event_accounts.last_sequence;
  IF id <> '' AND EXISTS (SELECT 1 FROM account_events e WHERE e.account = NEW.account AND e.event_id = id) THEN
    RETURN NEW;
  END IF;
  UPDATE event_accounts a SET last_sequence = a.last_sequence + 1,
      last_ms = greatest(CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT), a.last_ms + 1)
    WHERE a.account = NEW.account RETURNING a.last_sequence, a.last_ms INTO number, ms;
  IF id = '' THEN
    id = NEW.type || '_' || ms;
  END IF;
  NEW.event_id = id;
  NEW.qr = left(coalesce(NEW.qr, CASE json_typeof(NEW.data) WHEN 'object' THEN NEW.data ->> 'qrId' END, ''), 200);
  INSERT INTO account_events (account, sequence, event_id, type, qr, data, at_ms)
    VALUES (NEW.account, number, id, NEW.type, NEW.qr, translate(CAST(NEW.data AS text), E'\n\r\t', '   '), ms);
  PERFORM pg_notify('pulso_events', NEW.account);
  RETURN NEW;
END $$;
CREATE TRIGGER event_outbox_insert INSTEAD OF INSERT ON event_outbox
  FOR EACH ROW EXECUTE FUNCTION event_outbox_insert()
)";

// A webhook goes along its account's log; what it did not take stands beside it until it is taken or given up.
constexpr std::string_view webhook_tables = R"(
CREATE TABLE webhooks (
  webhook VARCHAR(40) NOT NULL PRIMARY KEY,
  account VARCHAR(300) NOT NULL,
  url TEXT NOT NULL,
  secret VARCHAR(80) NOT NULL,
  types TEXT NOT NULL,
  position BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  not_before_ms BIGINT NOT NULL,
  created_ms BIGINT NOT NULL
);
CREATE INDEX webhooks_by_account ON webhooks (account);
CREATE TABLE webhook_deliveries (
  webhook VARCHAR(40) NOT NULL,
  sequence BIGINT NOT NULL,
  event_id VARCHAR(200) NOT NULL,
  attempts BIGINT NOT NULL,
  last_error TEXT NOT NULL,
  next_ms BIGINT NOT NULL,
  dead BIGINT NOT NULL,
  PRIMARY KEY (webhook, sequence)
);
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (webhook, next_ms) WHERE dead = 0
)";

// Ids of the product's own events are nobody else's, and inserting into the view needs no right but that: the function
// acts as its owner, in the schema that it was made in.
constexpr std::string_view outbox_of_strangers = R"(
CREATE OR REPLACE FUNCTION event_outbox_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  number BIGINT;
  ms BIGINT;
  id TEXT;
  own CONSTANT TEXT = '^(welcome|heartbeat|qr_created|qr_payment|qr_status_change|balance_update)';
BEGIN
  IF coalesce(NEW.account, '') = '' THEN
    RAISE EXCEPTION 'an event belongs to an account' USING ERRCODE = 'check_violation';
  END IF;
  IF coalesce(NEW.type, '') !~ '^[A-Za-z0-9_.-]{1,64}$' OR NEW.type IN ('connection', 'reset', 'error',
      'open', 'account_balance_update') OR NEW.type ~ (own || '(_|$)') THEN
    RAISE EXCEPTION 'events of this type are not published' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.data IS NULL OR octet_length(CAST(NEW.data AS text)) > 65536 THEN
    RAISE EXCEPTION 'data is JSON of at most 64 KiB' USING ERRCODE = 'check_violation';
  END IF;
  id = coalesce(NEW.event_id, '');
  IF octet_length(id) > 200 OR id ~ '[\x01-\x1f]' OR id ~ (own || '_') THEN
    RAISE EXCEPTION 'an event_id is one line of at most 200 bytes' USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO event_accounts (account, last_sequence, last_ms, pruned_sequence, pruned_ms)
    VALUES (NEW.account, 0, 0, 0, 0)
    ON CONFLICT (account) DO UPDATE SET last_sequence = event_accounts.last_sequence;
  IF id <> '' AND EXISTS (SELECT 1 FROM account_events e WHERE e.account = NEW.account AND e.event_id = id) THEN
    RETURN NEW;
  END IF;
  UPDATE event_accounts a SET last_sequence = a.last_sequence + 1,
      last_ms = greatest(CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT), a.last_ms + 1)
    WHERE a.account = NEW.account RETURNING a.last_sequence, a.last_ms INTO number, ms;
  IF id = '' THEN
    id = NEW.type || '_' || ms;
  END IF;
  NEW.event_id = id;
  NEW.qr = left(coalesce(NEW.qr, CASE json_typeof(NEW.data) WHEN 'object' THEN NEW.data ->> 'qrId' END, ''), 200);
  INSERT INTO account_events (account, sequence, event_id, type, qr, data, at_ms)
    VALUES (NEW.account, number, id, NEW.type, NEW.qr, translate(CAST(NEW.data AS text), E'\n\r\t', '   '), ms);
  PERFORM pg_notify('pulso_events', NEW.account);
  RETURN NEW;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION event_outbox_insert() SET search_path = %I, pg_temp', current_schema());
END $$
)";

constexpr std::array steps{
    store::Migration{.component = "events",
                     .version = 1,
                     .name = "logs of accounts",
                     .sqlite = first_tables,
                     .postgresql = first_tables},
    store::Migration{
        .component = "events", .version = 2, .name = "ledger", .sqlite = ledger_tables, .postgresql = ledger_tables},
    store::Migration{.component = "events",
                     .version = 3,
                     .name = "outbox of other applications",
                     .sqlite = "",
                     .postgresql = outbox},
    store::Migration{.component = "events",
                     .version = 4,
                     .name = "webhooks",
                     .sqlite = webhook_tables,
                     .postgresql = webhook_tables},
    store::Migration{.component = "events",
                     .version = 5,
                     .name = "outbox of other database users",
                     .sqlite = "",
                     .postgresql = outbox_of_strangers},
};

}  // namespace

std::span<const store::Migration> EventsStore::migrations() noexcept {
  return steps;
}

}  // namespace pulso::events
