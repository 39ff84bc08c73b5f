#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pulso::bench {

/// Counts the events of a `text/event-stream` body (HTML Living Standard §9.2.6) that have data. Whatever else stands
/// between them, chunk sizes too, is passed over; nothing is kept.
class EventReader {
 public:
  /// Takes bytes of the body and gives how many events end in them.
  std::size_t feed(std::string_view bytes);
  /// Of all data so far, without field names and line ends.
  std::uint64_t data_bytes() const { return data_bytes_; }

 private:
  static constexpr std::string_view data_field = "data:";

  std::array<char, data_field.size()> line_start_{};
  std::size_t line_bytes_ = 0;  ///< of the line that is not complete
  std::uint64_t data_bytes_ = 0;
  bool has_data_ = false;
};

}  // namespace pulso::bench
