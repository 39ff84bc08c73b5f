#pragma once
#include <string_view>

namespace pulso::realtime {

/// The text of `redis/<name>.lua`, embedded at build time.
[[nodiscard]] std::string_view redis_script_text(std::string_view name);

}  // namespace pulso::realtime
