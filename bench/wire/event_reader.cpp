#include "wire/event_reader.h"

#include <algorithm>

namespace pulso::bench {

std::size_t EventReader::feed(std::string_view bytes) {
  std::size_t events = 0;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    for (std::size_t i = 0; i < piece.size() && line_bytes_ + i < line_start_.size(); ++i) {
      line_start_[line_bytes_ + i] = piece[i];
    }
    line_bytes_ += piece.size();
    if (end == std::string_view::npos) break;
    bytes.remove_prefix(end + 1);
    const std::string_view start{line_start_.data(), std::min(line_bytes_, line_start_.size())};
    if (line_bytes_ == 0) {
      events += has_data_ ? 1 : 0;
      has_data_ = false;
    } else if (start == data_field) {
      has_data_ = true;
      data_bytes_ += line_bytes_ - std::min(line_bytes_, data_field.size() + 1);
    }
    line_bytes_ = 0;
  }
  return events;
}

}  // namespace pulso::bench
