#pragma once
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pulso::support {

inline std::string little_endian(std::uint32_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

/// A RIFF chunk, padded to an even length.
inline std::string riff_chunk(std::string_view kind, std::string_view data) {
  std::string out{kind};
  out += little_endian(static_cast<std::uint32_t>(data.size()), 4);
  out += data;
  if (data.size() % 2 != 0) out += '\0';
  return out;
}

/// A mono WAV file of 16-bit samples; `extra` are further chunks behind them.
inline std::string wav_file(const std::vector<std::int16_t>& samples, std::uint32_t rate = 8000,
                            std::string_view extra = {}) {
  std::string data;
  for (const std::int16_t sample : samples) data += little_endian(static_cast<std::uint16_t>(sample), 2);
  const std::string format = little_endian(1, 2) + little_endian(1, 2) + little_endian(rate, 4) +
                             little_endian(rate * 2, 4) + little_endian(2, 2) + little_endian(16, 2);
  std::string body = "WAVE" + riff_chunk("fmt ", format) + riff_chunk("data", data);
  body += extra;
  return "RIFF" + little_endian(static_cast<std::uint32_t>(body.size()), 4) + body;
}

/// A sine of full scale times `amplitude`.
inline std::vector<std::int16_t> sine(double seconds, double amplitude, std::uint32_t rate = 8000) {
  std::vector<std::int16_t> samples;
  for (int i = 0; i < static_cast<int>(seconds * rate); ++i) {
    samples.push_back(static_cast<std::int16_t>(32767 * amplitude * std::sin(i * 0.7)));
  }
  return samples;
}

/// A `LIST` chunk with title, artist and album.
inline std::string info_chunk(std::string_view title, std::string_view artist, std::string_view album) {
  return riff_chunk("LIST",
                    "INFO" + riff_chunk("INAM", title) + riff_chunk("IART", artist) + riff_chunk("IPRD", album));
}

/// An `id3 ` chunk (ID3v2.3) with a title in UTF-16 and a picture.
inline std::string id3_chunk(std::string_view title_utf16, std::string_view picture) {
  const auto frame = [](std::string_view name, std::string_view data) {
    const auto size = static_cast<std::uint32_t>(data.size());
    std::string out{name};
    for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(size >> shift);
    out += std::string(2, '\0');
    out += data;
    return out;
  };
  const std::string frames = frame("TIT2", "\x01" + std::string{title_utf16}) +
                             frame("APIC", std::string("\0image/png\0\x03\0", 13) + std::string{picture});
  const auto size = static_cast<std::uint32_t>(frames.size());
  std::string head{"ID3\x03\0\0", 6};
  for (const int shift : {21, 14, 7, 0}) head += static_cast<char>((size >> shift) & 0x7FU);
  return riff_chunk("id3 ", head + frames);
}

inline constexpr std::string_view tiny_png{"\x89PNG\r\n\x1a\n and so on", 18};

}  // namespace pulso::support
