#include "app/nearest_key.h"

#include <algorithm>
#include <string>
#include <vector>

#include "app/config_properties.h"
#include "base/encoding.h"

namespace pulso::app {
namespace {

std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest_key(std::string_view mistyped) {
  const std::string folded = to_lower(mistyped);
  const std::string_view mistyped_name = std::string_view{folded}.substr(folded.rfind('.') + 1);
  std::vector<std::string_view> keys;
  for (const Property& property : properties()) {
    if (name_of(property) == mistyped_name) return property.key;
    keys.push_back(property.key);
  }
  return nearest(folded, keys);
}

std::string_view nearest(std::string_view text, std::span<const std::string_view> candidates) {
  const auto found = std::ranges::min_element(
      candidates, {}, [text](std::string_view candidate) { return edit_distance(text, candidate); });
  return found == candidates.end() ? std::string_view{} : *found;
}

}  // namespace pulso::app
