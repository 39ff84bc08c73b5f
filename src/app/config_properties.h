#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config.h"

namespace pulso::app {

/// The enumerator of a setting that knows a few words only: its number is the index of the word in `Property::choices`.
struct Choice {
  std::uint8_t* index;
};

/// The member of a `Config` that a property is bound to.
using Slot = std::variant<std::string*, std::vector<std::string>*, std::uint64_t*, double*, milliseconds*, Choice>;

/// How much of a value may be printed.
enum class Secrecy : std::uint8_t {
  open,
  credentials,  ///< a URL: all but user, password and secret parameters
  secret,       ///< nothing
};

/// One setting: all that the file, the environment, the flags, the messages and the documentation need to know of it.
struct Property {
  std::string_view key;          ///< `server.drain_timeout`: section and name in the file
  std::string_view description;  ///< one sentence
  std::string_view example;      ///< as written in the file
  Slot (*slot)(Config& config);
  /// Bounds of a number, both allowed; of a duration in milliseconds. Unused for texts and lists.
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::span<const std::string_view> choices{};  ///< words of a `Choice`; allowed elements of a list; else empty
  Secrecy secrecy = Secrecy::open;
  std::string_view seed_name{};   ///< also read from this environment variable
  std::string_view short_flag{};  ///< also set by this flag, without dashes
};

/// All properties, section by section, in the order of the documentation.
[[nodiscard]] std::span<const Property> properties() noexcept;
[[nodiscard]] const Property* find_property(std::string_view key) noexcept;

/// `server`
[[nodiscard]] std::string_view section_of(const Property& property) noexcept;
/// `drain_timeout`
[[nodiscard]] std::string_view name_of(const Property& property) noexcept;
/// `PULSO_SERVER_DRAIN_TIMEOUT`
[[nodiscard]] std::string environment_name_of(const Property& property);
/// `server-drain-timeout`
[[nodiscard]] std::string flag_name_of(const Property& property);

}  // namespace pulso::app
