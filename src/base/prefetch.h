#pragma once
#include <cstddef>
#include <cstdint>

namespace pulso {

/// How many members ahead a pass over many fetches. The kernel's work between two passes evicts what it likes; without
/// this each delivery waits several times for memory.
inline constexpr std::size_t prefetch_distance = 4;

/// Asks for the first bytes of an object that will be written soon; any address will do, null too.
inline void prefetch_object(const void* object, std::size_t bytes = 256) noexcept {
  constexpr std::size_t cache_line = 64;
  for (std::size_t at = 0; at < bytes; at += cache_line) {
    // By the number of the address: what lies there may be less than `bytes` long.
    const auto address = reinterpret_cast<std::uintptr_t>(object) + at;
    __builtin_prefetch(reinterpret_cast<const void*>(address), 1);  // NOLINT(performance-no-int-to-ptr)
  }
}

}  // namespace pulso
