#pragma once
#include <cstddef>
#include <string>

#include <boost/json/object.hpp>

#include "features/seats/seats_errors.h"
#include "features/seats/seats_options.h"

namespace pulso::seats {

/// Longest `user_info` as serialized JSON, in bytes.
inline constexpr std::size_t user_info_bytes_max = 1024;

/// What others may see of a client's `user_info`, serialized: `<`, `>` and control characters are taken out of names
/// and values, so that a page that puts them into its HTML runs no script. Refuses (`bad_message`, field `user_info`)
/// values that are not strings, numbers or booleans, and more than `user_info_bytes_max` bytes.
[[nodiscard]] Outcome<std::string> shared_user_info(const boost::json::object& given, UserInfoShared shared);

}  // namespace pulso::seats
