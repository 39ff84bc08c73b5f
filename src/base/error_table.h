#pragma once
#include <array>
#include <cstddef>
#include <string_view>

namespace pulso {

/// How a feature's refusal is told: its stable name on the wire, the HTTP status that goes with it, and a sentence for
/// people.
template <class Code>
struct ErrorEntry {
  Code code;
  std::string_view wire;
  int status;
  std::string_view text;
};

/// The refusals of one feature, in the order of its enumeration, which begins with 1: a program with a gap in its table
/// does not compile.
template <class Code, std::size_t count>
class ErrorTable {
 public:
  consteval explicit ErrorTable(const std::array<ErrorEntry<Code>, count>& entries) : entries_(entries) {
    for (std::size_t i = 0; i < count; ++i) {
      if (static_cast<std::size_t>(entries_[i].code) != i + 1) throw "the table is not in the order of its codes";
    }
  }
  [[nodiscard]] constexpr const ErrorEntry<Code>& operator[](Code code) const noexcept {
    return entries_[static_cast<std::size_t>(code) - 1];
  }
  [[nodiscard]] constexpr auto begin() const noexcept { return entries_.begin(); }
  [[nodiscard]] constexpr auto end() const noexcept { return entries_.end(); }

 private:
  std::array<ErrorEntry<Code>, count> entries_;
};

}  // namespace pulso
