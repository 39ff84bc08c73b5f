#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "features/tracks/playback.h"

/// The JSON that a user's playback is kept in, in Redis and in the database. Internal between instances: unknown fields
/// are ignored and missing ones have their defaults, so that instances of two versions can run side by side.
namespace pulso::tracks {

[[nodiscard]] std::string encode_playback(const Playback& state);
/// Nothing, and a line in the log, for what cannot be read.
[[nodiscard]] std::optional<Playback> parse_playback(std::string_view text);

}  // namespace pulso::tracks
