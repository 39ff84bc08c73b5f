#include "features/events/money.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace pulso::events {
namespace {

constexpr std::array<std::string_view, 17> without_fraction{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                            "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                                            "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::array<std::string_view, 7> with_three_digits{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};

std::int64_t scale_of(std::string_view currency) noexcept {
  std::int64_t scale = 1;
  for (int i = 0; i < fraction_digits(currency); ++i) scale *= 10;
  return scale;
}

}  // namespace

bool is_currency(std::string_view text) noexcept {
  return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

int fraction_digits(std::string_view currency) noexcept {
  if (std::ranges::find(without_fraction, currency) != without_fraction.end()) return 0;
  return std::ranges::find(with_three_digits, currency) != with_three_digits.end() ? 3 : 2;
}

std::optional<Amount> parse_amount(const boost::json::value& value, std::string_view currency) {
  if (!value.is_number()) return std::nullopt;
  const std::int64_t scale = scale_of(currency);
  const auto number = value.to_number<double>();
  const double most = static_cast<double>(amount_max.units) / static_cast<double>(scale);
  if (!(number >= 0 && number <= most)) return std::nullopt;
  const Amount amount{std::llround(number * static_cast<double>(scale))};
  // The text that was sent is the amount's exactly when the nearest double to the amount is the one that was read.
  if (static_cast<double>(amount.units) / static_cast<double>(scale) != number) return std::nullopt;
  return amount;
}

boost::json::value amount_json(Amount amount, std::string_view currency) {
  const std::int64_t scale = scale_of(currency);
  if (amount.units % scale == 0) return amount.units / scale;
  return static_cast<double>(amount.units) / static_cast<double>(scale);
}

std::string amount_text(Amount amount, std::string_view currency) {
  const auto digits = static_cast<std::size_t>(fraction_digits(currency));
  std::string text = std::to_string(std::abs(amount.units));
  if (digits > 0) {
    if (text.size() <= digits) text.insert(0, digits + 1 - text.size(), '0');
    text.insert(text.size() - digits, 1, '.');
  }
  return amount.units < 0 ? "-" + text : text;
}

}  // namespace pulso::events
