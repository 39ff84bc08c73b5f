#include <array>

#include "features/seats/seats_store.h"

namespace pulso::seats {
namespace {

// Both engines take the same statements. Times are milliseconds since 1970; a hold that is not being confirmed has
// `confirming_until` 0.
constexpr std::string_view first_tables = R"(
CREATE TABLE seats_rooms (
  room_id VARCHAR(128) NOT NULL PRIMARY KEY,
  definition TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE TABLE seats_sold (
  room_id VARCHAR(128) NOT NULL,
  seat_id VARCHAR(128) NOT NULL,
  client_id VARCHAR(160) NOT NULL,
  reference VARCHAR(512) NOT NULL,
  sold_at BIGINT NOT NULL,
  PRIMARY KEY (room_id, seat_id)
);
CREATE TABLE seats_references (
  room_id VARCHAR(128) NOT NULL,
  reference VARCHAR(512) NOT NULL,
  seat_id VARCHAR(128) NOT NULL,
  PRIMARY KEY (room_id, reference, seat_id)
);
CREATE TABLE seats_holds (
  room_id VARCHAR(128) NOT NULL,
  seat_id VARCHAR(128) NOT NULL,
  owner VARCHAR(300) NOT NULL,
  client_id VARCHAR(128) NOT NULL,
  display_name VARCHAR(160) NOT NULL,
  user_info TEXT NOT NULL,
  hold_id VARCHAR(64) NOT NULL,
  selected_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  renewals INTEGER NOT NULL,
  confirming_until BIGINT NOT NULL,
  reference VARCHAR(512) NOT NULL,
  PRIMARY KEY (room_id, seat_id)
)
)";

constexpr std::array steps{
    store::Migration{.component = "seats",
                     .version = 1,
                     .name = "rooms, sold seats, references and holds",
                     .sqlite = first_tables,
                     .postgresql = first_tables},
};

}  // namespace

std::span<const store::Migration> SeatsStore::migrations() noexcept {
  return steps;
}

}  // namespace pulso::seats
