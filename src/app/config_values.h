#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config_properties.h"
#include "base/result.h"

namespace pulso::app {

/// A value as a file gives it, with its type; `monostate` is any other type (dates, tables, mixed arrays).
using RawValue = std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::string>>;

/// `500ms`, `30s`, `5m`, `2h`, `7d`: a whole number and a unit, below 10,000 days; else nothing.
[[nodiscard]] std::optional<milliseconds> parse_duration(std::string_view text) noexcept;
/// The same in the largest unit that leaves a whole number: `90s`, but `2m`.
[[nodiscard]] std::string format_duration(milliseconds duration);
/// The elements between commas, without the spaces around them and without empty ones.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

/// Sets the property's member. On a wrong type, a value out of bounds or an unknown word the configuration stays as it
/// was and the error's message names key, value (masked when secret) and what is allowed.
[[nodiscard]] Result<void> assign(Config& config, const Property& property, const RawValue& value);
/// The same from text, as environment and flags give it: read as what the property wants, lists split at commas.
[[nodiscard]] Result<void> assign_text(Config& config, const Property& property, std::string_view text);

enum class Masking : std::uint8_t { none, secrets };
/// The property's value as it is written in a TOML file; what is secret is `***`.
[[nodiscard]] std::string toml_value(const Config& config, const Property& property, Masking masking);
/// `0s to 1h`, `"text" or "json"`; empty where there is no bound.
[[nodiscard]] std::string allowed_values(const Property& property);

}  // namespace pulso::app
