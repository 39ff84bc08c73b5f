#include "app/config_values.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/encoding.h"
#include "ops/log.h"

namespace pulso::app {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
/// Largest first.
constexpr std::array<Unit, 5> units{{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

template <class T>
std::optional<T> parse_number(std::string_view text) noexcept {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A TOML basic string. TOML has no `\u007f` shorthand but takes every escape of JSON's that is written here.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if ((c >= 0 && c < ' ') || c == '\x7F') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string quoted_list(std::span<const std::string> elements) {
  std::vector<std::string> parts;
  for (const std::string& element : elements) parts.push_back(quoted(element));
  return fmt::format("[{}]", fmt::join(parts, ", "));
}

std::string masked(std::string_view text, Secrecy secrecy) {
  if (text.empty() || secrecy == Secrecy::open) return std::string{text};
  return secrecy == Secrecy::credentials ? ops::without_secrets(text) : "***";
}

std::string text_of(const RawValue& value, Secrecy secrecy) {
  if (const auto* const text = std::get_if<std::string>(&value)) return quoted(masked(*text, secrecy));
  if (secrecy != Secrecy::open) return "***";  // a secret given with a wrong type is still one
  return std::visit(Overloaded{[](std::monostate) -> std::string { return "this value"; },
                               [](const std::vector<std::string>& list) { return quoted_list(list); },
                               [](const auto& plain) { return fmt::format("{}", plain); }},
                    value);
}

constexpr std::string_view wanted_type(const Slot& slot) noexcept {
  constexpr std::array<std::string_view, std::variant_size_v<Slot>> names{
      "a text",
      "a list of texts",
      "a whole number",
      "a number",
      "a duration such as \"500ms\", \"30s\", \"5m\", \"2h\"",
      "a word"};
  return names[slot.index()];
}

std::unexpected<Error> wrong(const Property& property, const RawValue& value, std::string_view why) {
  return fail(Errc::invalid_argument, fmt::format("{} = {} {}", property.key, text_of(value, property.secrecy), why),
              std::string{property.key});
}

std::unexpected<Error> out_of_bounds(const Property& property, const RawValue& value) {
  return wrong(property, value, fmt::format("is not allowed: {}", allowed_values(property)));
}

bool is_allowed(const Property& property, std::string_view word) noexcept {
  return property.choices.empty() || std::ranges::find(property.choices, word) != property.choices.end();
}

/// Writes a value of the right type into its member; each overload answers whether it is of that type and in bounds.
enum class Outcome : std::uint8_t { assigned, wrong_type, out_of_bounds };

struct Assignment {
  const Property& property;
  const RawValue& value;

  [[nodiscard]] bool in_bounds(std::int64_t number) const noexcept {
    return number >= property.min && number <= property.max;
  }

  Outcome operator()(std::string* member) const {
    const auto* const text = std::get_if<std::string>(&value);
    if (text == nullptr) return Outcome::wrong_type;
    *member = *text;
    return Outcome::assigned;
  }
  Outcome operator()(std::vector<std::string>* member) const {
    const auto* const list = std::get_if<std::vector<std::string>>(&value);
    if (list == nullptr) return Outcome::wrong_type;
    for (const std::string& element : *list) {
      if (!is_allowed(property, element)) return Outcome::out_of_bounds;
    }
    *member = *list;
    return Outcome::assigned;
  }
  Outcome operator()(std::uint64_t* member) const {
    const auto* const number = std::get_if<std::int64_t>(&value);
    if (number == nullptr) return Outcome::wrong_type;
    if (!in_bounds(*number)) return Outcome::out_of_bounds;
    *member = static_cast<std::uint64_t>(*number);
    return Outcome::assigned;
  }
  Outcome operator()(double* member) const {
    const auto* const whole = std::get_if<std::int64_t>(&value);
    const auto* const number = std::get_if<double>(&value);
    if (whole == nullptr && number == nullptr) return Outcome::wrong_type;
    const double given = whole != nullptr ? static_cast<double>(*whole) : *number;
    if (!(given >= static_cast<double>(property.min) && given <= static_cast<double>(property.max))) {
      return Outcome::out_of_bounds;  // NaN too
    }
    *member = given;
    return Outcome::assigned;
  }
  Outcome operator()(milliseconds* member) const {
    const auto* const text = std::get_if<std::string>(&value);
    const auto duration = text != nullptr ? parse_duration(*text) : std::nullopt;
    if (!duration) return Outcome::wrong_type;
    if (!in_bounds(duration->count())) return Outcome::out_of_bounds;
    *member = *duration;
    return Outcome::assigned;
  }
  Outcome operator()(Choice member) const {
    const auto* const text = std::get_if<std::string>(&value);
    if (text == nullptr) return Outcome::wrong_type;
    const auto found = std::ranges::find(property.choices, *text);
    if (found == property.choices.end()) return Outcome::out_of_bounds;
    *member.index = static_cast<std::uint8_t>(found - property.choices.begin());
    return Outcome::assigned;
  }
};

/// The text as the type that the slot wants; as it is where it can't be read so, for `assign` to refuse.
RawValue raw_of(const Slot& slot, std::string_view text) {
  const std::string_view bare = trimmed(text);
  if (std::holds_alternative<std::vector<std::string>*>(slot)) return split_list(text);
  if (std::holds_alternative<std::uint64_t*>(slot)) {
    if (const auto number = parse_number<std::int64_t>(bare)) return *number;
  }
  if (std::holds_alternative<double*>(slot)) {
    if (const auto number = parse_number<double>(bare)) return *number;
  }
  return std::string{std::holds_alternative<std::string*>(slot) ? text : bare};
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) noexcept {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = parse_number<std::int64_t>(text.substr(0, digits));
  const auto unit = std::ranges::find(units, text.substr(digits), &Unit::name);
  if (!count || unit == units.end()) return std::nullopt;
  constexpr std::int64_t limit = 10'000LL * 86'400'000;
  if (*count >= limit / unit->milliseconds) return std::nullopt;
  return milliseconds{*count * unit->milliseconds};
}

std::string format_duration(milliseconds duration) {
  if (duration.count() == 0) return "0s";
  const auto unit = std::ranges::find_if(units, [&](const Unit& u) { return duration.count() % u.milliseconds == 0; });
  return fmt::format("{}{}", duration.count() / unit->milliseconds, unit->name);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> elements;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (const auto element = trimmed(text.substr(0, comma)); !element.empty()) elements.emplace_back(element);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return elements;
}

Result<void> assign(Config& config, const Property& property, const RawValue& value) {
  const Slot slot = property.slot(config);
  switch (std::visit(Assignment{property, value}, slot)) {
    case Outcome::assigned:
      return {};
    case Outcome::wrong_type:
      return wrong(property, value, fmt::format("is not {}", wanted_type(slot)));
    case Outcome::out_of_bounds:
      return out_of_bounds(property, value);
  }
  return {};
}

Result<void> assign_text(Config& config, const Property& property, std::string_view text) {
  return assign(config, property, raw_of(property.slot(config), text));
}

std::string toml_value(const Config& config, const Property& property, Masking masking) {
  const Secrecy secrecy = masking == Masking::secrets ? property.secrecy : Secrecy::open;
  Config copy = config;  // slots give writable members
  return std::visit(Overloaded{[&](const std::string* text) { return quoted(masked(*text, secrecy)); },
                               [](const std::vector<std::string>* list) { return quoted_list(*list); },
                               [](const milliseconds* duration) { return quoted(format_duration(*duration)); },
                               [&](Choice choice) { return quoted(property.choices[*choice.index]); },
                               [](const auto* number) { return fmt::format("{}", *number); }},
                    property.slot(copy));
}

std::string allowed_values(const Property& property) {
  if (!property.choices.empty()) return fmt::format("one of \"{}\"", fmt::join(property.choices, "\", \""));
  Config any;
  const Slot slot = property.slot(any);
  if (std::holds_alternative<milliseconds*>(slot)) {
    return fmt::format("{} to {}", format_duration(milliseconds{property.min}),
                       format_duration(milliseconds{property.max}));
  }
  if (property.max != 0) return fmt::format("{} to {}", property.min, property.max);
  return {};
}

}  // namespace pulso::app
