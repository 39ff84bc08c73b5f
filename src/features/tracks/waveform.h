#pragma once
#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "features/tracks/audio_format.h"

namespace pulso::tracks {

/// Peaks that are kept of a track.
inline constexpr std::size_t waveform_peaks = 1000;
/// Audio that is decoded of a track; what comes later is not drawn.
inline constexpr std::chrono::hours decoded_duration_max{12};

/// Time that is spent on decoding a track: some formats make hours of sound out of a few bytes, in more channels and at
/// higher rates than anybody hears. What comes later is not drawn.
inline constexpr std::chrono::seconds decoding_time_max{20};

/// How loud a track is as it goes along, for drawing.
struct Waveform {
  /// `waveform_peaks` parts of equal length, fewer for a track that has fewer samples: the largest amplitude of any
  /// channel in each, 0–255 of full scale.
  std::string peaks;
  milliseconds duration{0};  ///< of what was decoded
  bool is_cut = false;       ///< a bound was reached before the end
};

/// Decodes an open file (libavformat, libavcodec) from its beginning. A file that breaks off or is damaged in the
/// middle gives what can be decoded of it; `Errc::invalid_argument` when that is nothing, or when it has moving
/// pictures. The demuxer is the one of `format` and reads this descriptor only: no content can make it open another
/// file or address. Takes about a second a hundred minutes, and at most `decoding_time_max`; `Errc::cancelled` soon
/// after `stop` is asked for. The descriptor stays the caller's.
[[nodiscard]] Result<Waveform> read_waveform(int descriptor, AudioFormat format, const Clock& clock,
                                             const std::stop_token& stop);

/// Peaks joined to `count` parts, the largest of each; as they are where there are no more than that.
[[nodiscard]] std::string reduce_peaks(std::string_view peaks, std::size_t count);

/// Peaks of a stretch of audio whose length is not known beforehand: as it grows, neighbours are joined, so that there
/// are never more than twice `waveform_peaks`.
class PeakCollector {
 public:
  /// The largest amplitude of one moment, 0–1; anything else, NaN included, is brought into that range.
  void add(float amplitude);
  [[nodiscard]] std::string peaks() const;

 private:
  std::vector<float> parts_;
  std::size_t part_length_ = 1;  ///< moments that a part stands for
  std::size_t filled_ = 0;       ///< moments in the last part
};

}  // namespace pulso::tracks
