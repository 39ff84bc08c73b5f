#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The messages of the seats protocol that the scenarios send, and the few fields that they look at.
namespace pulso::bench::seats {

std::string client_id(std::size_t client);
/// `session` may be empty.
std::string target(std::size_t client, std::string_view session);

std::string join_room(std::string_view room);
std::string resume(std::string_view room, std::uint64_t offset);
std::string release_seat(std::string_view room, std::string_view seat);
/// `filler_bytes` of user_info make the message, and so its broadcast, that much larger; at most 900.
std::string select_seat(std::string_view room, std::string_view seat, std::size_t filler_bytes = 0);

/// The value of the first string member called `name`, undecoded; empty where there is none.
std::string_view string_field(std::string_view message, std::string_view name);
/// The value of the first unsigned integer member called `name`.
std::optional<std::uint64_t> number_field(std::string_view message, std::string_view name);
/// The value of the first boolean member called `name`.
std::optional<bool> bool_field(std::string_view message, std::string_view name);
/// How often a member called `name` occurs at any depth.
std::size_t count_fields(std::string_view message, std::string_view name);

}  // namespace pulso::bench::seats
