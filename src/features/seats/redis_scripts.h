#pragma once
#include <string_view>

namespace pulso::seats {

/// The text of `redis/<name>.lua`, embedded at build time.
[[nodiscard]] std::string_view redis_script_text(std::string_view name);

}  // namespace pulso::seats
