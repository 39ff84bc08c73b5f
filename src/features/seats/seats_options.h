#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/token_bucket.h"

namespace pulso::seats {

/// Whether a room must have been created before it can be joined.
enum class RoomsMode : std::uint8_t {
  open,      ///< a room that nobody declared exists on first use, with any seats
  declared,  ///< only rooms made by `PUT /room/{room_id}`
};

/// How much of `user_info` other people see.
enum class UserInfoShared : std::uint8_t { all, name, none };

/// Section `[seats]` of the configuration.
struct SeatsOptions {
  RoomsMode rooms = RoomsMode::open;
  /// Whether clients without a credential may take part (`auth.anonymous` names `seats`).
  bool anonymous = false;
  /// Whether anyone may list the rooms (demonstrations); else a key with scope `seats:read` or `seats:write`.
  bool public_listing = false;
  UserInfoShared user_info_shared = UserInfoShared::all;
  milliseconds hold_ttl{5 * 60 * 1000};
  std::uint32_t max_renewals = 1;
  /// How long holds outlive their owner's last connection; nothing keeps them to their expiry (`keep`).
  std::optional<milliseconds> disconnect_grace{30'000};
  std::size_t max_seats = 10;  ///< holds of one owner in one room
  std::size_t max_rooms = 10;  ///< joined by one connection
  /// How far back a client may resume, in time and in events per room.
  milliseconds resume_window{2 * 60 * 1000};
  std::size_t resume_events_max = 1000;
  /// How long a confirmation may lie between its lock and its database commit before it is looked up and settled.
  milliseconds confirm_lock{30'000};
  /// How long a connection without credentials may take to send `auth`.
  milliseconds auth_timeout{10'000};
  RateLimit messages_per_second{50, 100};  ///< of one connection
  std::size_t message_bytes_max = 64 * 1024;
  /// Malformed or excess messages within `abuse_window` after which a connection is closed with 1008.
  std::uint32_t abuse_limit = 20;
  milliseconds abuse_window{10'000};
  std::size_t long_polls_max = 10'000;       ///< waiting at once on this instance; one more is answered at once
  std::size_t commands_in_flight_max = 256;  ///< of one connection; it is not read from while it has more
};

}  // namespace pulso::seats
