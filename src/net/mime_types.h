#pragma once
#include <string_view>

namespace pulso::net {

/// The `Content-Type` for a file's name, by its extension without regard to case; `application/octet-stream` when it is
/// not known.
[[nodiscard]] std::string_view mime_type(std::string_view file_name);

}  // namespace pulso::net
