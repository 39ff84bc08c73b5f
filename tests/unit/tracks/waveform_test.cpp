#include "features/tracks/waveform.h"

#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

#include "features/tracks/media_folder.h"
#include "support/fake_clock.h"
#include "support/wav_file.h"

namespace pulso::tracks {
namespace {

/// A second passes each time that somebody looks.
class HastyClock final : public Clock {
 public:
  [[nodiscard]] WallTime now() const noexcept override { return {}; }
  [[nodiscard]] SteadyTime steady_now() const noexcept override { return SteadyTime{std::chrono::seconds{seconds_++}}; }

 private:
  mutable int seconds_ = 0;
};

Result<Waveform> waveform_of(std::string_view bytes, AudioFormat format = AudioFormat::wav,
                             const Clock& clock = support::FakeClock{}, const std::stop_token& stop = {}) {
  const auto file = file_in_memory(bytes);
  return read_waveform(file->get(), format, clock, stop);
}

int at(const std::string& peaks, std::size_t index) {
  return static_cast<unsigned char>(peaks.at(index));
}

TEST(Waveform, ShowsWhereATrackIsLoud) {
  std::vector<std::int16_t> samples = support::sine(1, 0.0);
  for (const double amplitude : {1.0, 0.5}) {
    const auto part = support::sine(1, amplitude);
    samples.insert(samples.end(), part.begin(), part.end());
  }
  const auto waveform = waveform_of(support::wav_file(samples));
  ASSERT_TRUE(waveform);
  EXPECT_EQ(waveform->duration, milliseconds{3000});
  ASSERT_EQ(waveform->peaks.size(), waveform_peaks);
  EXPECT_EQ(at(waveform->peaks, 100), 0);
  EXPECT_NEAR(at(waveform->peaks, 500), 255, 16);
  EXPECT_NEAR(at(waveform->peaks, 900), 128, 8);
}

TEST(Waveform, OfAFewSamplesHasAsManyPeaks) {
  const auto waveform = waveform_of(support::wav_file({0, 16384, -32768}));
  ASSERT_TRUE(waveform);
  EXPECT_EQ(waveform->peaks, std::string("\x00\x80\xff", 3));
}

TEST(Waveform, OfABrokenOffFileIsThatOfItsBeginning) {
  const std::string whole = support::wav_file(support::sine(2, 0.8));
  const auto waveform = waveform_of(std::string_view{whole}.substr(0, whole.size() / 2));
  ASSERT_TRUE(waveform);
  EXPECT_NEAR(static_cast<double>(waveform->duration.count()), 1000, 20);
}

TEST(Waveform, IsThatOfTheBeginningWhereDecodingTakesTooLong) {
  const std::string whole = support::wav_file(support::sine(60, 0.8));
  EXPECT_FALSE(waveform_of(whole)->is_cut);
  const auto waveform = waveform_of(whole, AudioFormat::wav, HastyClock{});
  ASSERT_TRUE(waveform);
  EXPECT_TRUE(waveform->is_cut);
  EXPECT_GT(waveform->duration, milliseconds{0});
  EXPECT_LT(waveform->duration, std::chrono::seconds{60});
  EXPECT_FALSE(waveform->peaks.empty());
}

TEST(Waveform, IsGivenUpWhenAskedTo) {
  std::stop_source stop;
  stop.request_stop();
  const auto waveform =
      waveform_of(support::wav_file(support::sine(1, 0.8)), AudioFormat::wav, support::FakeClock{}, stop.get_token());
  ASSERT_FALSE(waveform);
  EXPECT_EQ(waveform.error().code, make_error_code(Errc::cancelled));
}

TEST(Waveform, IsRefusedToWhatIsNoAudio) {
  for (const AudioFormat format :
       {AudioFormat::mp3, AudioFormat::mp4, AudioFormat::ogg, AudioFormat::flac, AudioFormat::wav}) {
    EXPECT_FALSE(waveform_of("", format));
    EXPECT_FALSE(waveform_of("#EXTM3U\nfile:///etc/passwd\n", format));
    EXPECT_FALSE(waveform_of(std::string(5000, 'x'), format));
  }
  EXPECT_FALSE(waveform_of(support::wav_file({})));
}

TEST(Waveform, IsReadByTheNamedContainersReaderOnly) {
  EXPECT_FALSE(waveform_of(support::wav_file(support::sine(1, 0.5)), AudioFormat::flac));
}

TEST(Peaks, StayBoundedHoweverLongTheTrack) {
  PeakCollector collector;
  for (int i = 0; i < 1'000'000; ++i) collector.add(i == 499'999 ? 1.0F : 0.25F);
  const std::string peaks = collector.peaks();
  ASSERT_EQ(peaks.size(), waveform_peaks);
  EXPECT_EQ(at(peaks, 0), 64);
  EXPECT_EQ(std::ranges::count(peaks, '\xff'), 1);
}

TEST(Peaks, TakeAnyNumberForAnAmplitude) {
  PeakCollector collector;
  for (const float odd :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -1.0F, 7.0F}) {
    collector.add(odd);
  }
  EXPECT_EQ(collector.peaks(), std::string("\x00\xff\x00\xff", 4));
}

TEST(Peaks, AreJoinedByTheLoudest) {
  EXPECT_EQ(reduce_peaks("\x01\x09\x02\x7f\x03\x04", 3), "\x09\x7f\x04");
  EXPECT_EQ(reduce_peaks("\x01\xff\x02", 1), "\xff");
  EXPECT_EQ(reduce_peaks("abc", 1000), "abc");
  EXPECT_EQ(reduce_peaks("abcde", 2).size(), 2U);
  EXPECT_EQ(reduce_peaks("", 5), "");
}

}  // namespace
}  // namespace pulso::tracks
