#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace pulso::bench {

/// Bytes of the HTTP head at the front of `bytes` with its empty line; nothing while it is incomplete.
std::optional<std::size_t> head_size(std::string_view bytes);

/// The value of the header field `name` without surrounding spaces; empty where it is absent.
std::string_view header_value(std::string_view head, std::string_view name);

}  // namespace pulso::bench
