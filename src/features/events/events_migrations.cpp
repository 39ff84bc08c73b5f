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

constexpr std::array steps{
    store::Migration{.component = "events",
                     .version = 1,
                     .name = "logs of accounts",
                     .sqlite = first_tables,
                     .postgresql = first_tables},
};

}  // namespace

std::span<const store::Migration> EventsStore::migrations() noexcept {
  return steps;
}

}  // namespace pulso::events
