#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace pulso::events {

/// Behind every log's end: who comes back with it is told that something was lost.
inline constexpr std::uint64_t position_nowhere = std::numeric_limits<std::uint64_t>::max();

/// `conn_{ms}_{token}`: the position that a connection begins at is in the token, so that whatever instance reads the
/// id of its welcome knows it.
[[nodiscard]] std::string make_connection_id(WallTime now, std::uint64_t position);

/// The position that a welcome's id stands for; nothing for an id of another form.
[[nodiscard]] std::optional<std::uint64_t> position_of_welcome(std::string_view id) noexcept;
/// The time in a heartbeat's id; nothing for an id of another form.
[[nodiscard]] std::optional<std::int64_t> ms_of_heartbeat(std::string_view id) noexcept;

}  // namespace pulso::events
