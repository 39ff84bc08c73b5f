#pragma once
#include <cstdint>
#include <span>
#include <type_traits>

#include "app/config_properties.h"

namespace pulso::app {

// What the tables of properties are made of.

inline constexpr std::int64_t second = 1000;
inline constexpr std::int64_t minute = 60 * second;
inline constexpr std::int64_t hour = 60 * minute;
inline constexpr std::int64_t day = 24 * hour;
inline constexpr std::int64_t kibibyte = 1024;
inline constexpr std::int64_t mebibyte = 1024 * kibibyte;

/// An enumeration of one byte as its number. A byte may be read and written through `unsigned char` ([basic.lval]).
template <class Enum>
Choice choice_of(Enum& value) noexcept {
  static_assert(std::is_same_v<std::underlying_type_t<Enum>, unsigned char>);
  return Choice{reinterpret_cast<unsigned char*>(&value)};
}

/// Those of `[events]`.
[[nodiscard]] std::span<const Property> events_properties() noexcept;

}  // namespace pulso::app
