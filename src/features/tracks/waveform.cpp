#include "features/tracks/waveform.h"

#include <algorithm>
#include <cmath>

namespace pulso::tracks {

void PeakCollector::add(float amplitude) {
  const float value = amplitude > 0 ? std::min(amplitude, 1.0F) : 0.0F;  // NaN compares as false
  if (!parts_.empty() && filled_ < part_length_) {
    parts_.back() = std::max(parts_.back(), value);
    ++filled_;
    return;
  }
  if (parts_.size() == 2 * waveform_peaks) {
    for (std::size_t i = 0; i < waveform_peaks; ++i) parts_[i] = std::max(parts_[2 * i], parts_[2 * i + 1]);
    parts_.resize(waveform_peaks);
    part_length_ *= 2;
  }
  parts_.push_back(value);
  filled_ = 1;
}

std::string PeakCollector::peaks() const {
  std::string bytes(parts_.size(), '\0');
  std::ranges::transform(parts_, bytes.begin(),
                         [](float part) { return static_cast<char>(std::lround(part * 255.0F)); });
  return reduce_peaks(bytes, waveform_peaks);
}

std::string reduce_peaks(std::string_view peaks, std::size_t count) {
  if (count == 0 || peaks.size() <= count) return std::string{peaks};
  std::string reduced(count, '\0');
  const auto louder = [](char left, char right) {
    return static_cast<unsigned char>(left) < static_cast<unsigned char>(right);
  };
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = i * peaks.size() / count;
    const std::size_t end = std::max(begin + 1, (i + 1) * peaks.size() / count);
    reduced[i] = *std::ranges::max_element(peaks.substr(begin, end - begin), louder);
  }
  return reduced;
}

}  // namespace pulso::tracks
