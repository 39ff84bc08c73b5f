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

constexpr std::array steps{
    store::Migration{.component = "events",
                     .version = 1,
                     .name = "logs of accounts",
                     .sqlite = first_tables,
                     .postgresql = first_tables},
    store::Migration{
        .component = "events", .version = 2, .name = "ledger", .sqlite = ledger_tables, .postgresql = ledger_tables},
};

}  // namespace

std::span<const store::Migration> EventsStore::migrations() noexcept {
  return steps;
}

}  // namespace pulso::events
