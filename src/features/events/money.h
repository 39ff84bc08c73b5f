#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace pulso::events {

/// So many of a currency's smallest unit: never a fraction, so sums are exact.
struct Amount {
  std::int64_t units = 0;

  friend constexpr auto operator<=>(Amount, Amount) = default;
  friend constexpr Amount operator+(Amount left, Amount right) { return {left.units + right.units}; }
  friend constexpr Amount operator-(Amount left, Amount right) { return {left.units - right.units}; }
  friend constexpr Amount operator-(Amount amount) { return {-amount.units}; }
};

/// The largest that is taken or reached: a double, which is what JSON's readers have, still tells its units apart.
inline constexpr Amount amount_max{1'000'000'000'000'000};

/// Three capital letters (ISO 4217).
[[nodiscard]] bool is_currency(std::string_view text) noexcept;
/// How many digits the currency has behind the point (ISO 4217, minor units).
[[nodiscard]] int fraction_digits(std::string_view currency) noexcept;

/// Zero or more, at most `amount_max`. Nothing for another value or one finer than the currency's smallest unit.
[[nodiscard]] std::optional<Amount> parse_amount(const boost::json::value& value, std::string_view currency);
/// A JSON number in the currency's main unit.
[[nodiscard]] boost::json::value amount_json(Amount amount, std::string_view currency);
/// `100.50`, with all of the currency's digits.
[[nodiscard]] std::string amount_text(Amount amount, std::string_view currency);

}  // namespace pulso::events
