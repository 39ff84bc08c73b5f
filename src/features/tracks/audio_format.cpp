#include "features/tracks/audio_format.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace pulso::tracks {
namespace {

struct Names {
  std::string_view mime_type;
  std::string_view extension;
};
constexpr std::array names{Names{"audio/mpeg", "mp3"}, Names{"audio/mp4", "m4a"}, Names{"audio/ogg", "ogg"},
                           Names{"audio/flac", "flac"}, Names{"audio/wav", "wav"}};

constexpr std::array<std::string_view, 7> extensions{"flac", "m4a", "mp3", "oga", "ogg", "opus", "wav"};

/// The head of a frame of MPEG audio, layer III (ISO 11172-3 §2.4.1.3), without values that are reserved.
bool is_mp3_frame(std::string_view bytes) noexcept {
  if (bytes.size() < 4) return false;
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const bool is_layer_3 = (at(1) & 0x06U) == 0x02U;
  const bool has_version = (at(1) & 0x18U) != 0x08U;
  const unsigned rate = at(2) >> 4U;
  return at(0) == 0xFF && (at(1) & 0xE0U) == 0xE0U && is_layer_3 && has_version && rate != 0 && rate != 15 &&
         (at(2) & 0x0CU) != 0x0CU;
}

}  // namespace

std::optional<AudioFormat> audio_format_of(std::string_view beginning) noexcept {
  if (beginning.starts_with("fLaC")) return AudioFormat::flac;
  if (beginning.starts_with("OggS")) return AudioFormat::ogg;
  if (beginning.size() > 12 && beginning.starts_with("RIFF") && beginning.substr(8).starts_with("WAVE"))
    return AudioFormat::wav;
  if (beginning.size() > 8 && beginning.substr(4).starts_with("ftyp")) return AudioFormat::mp4;
  if (beginning.starts_with("ID3") || is_mp3_frame(beginning)) return AudioFormat::mp3;
  return std::nullopt;
}

bool has_audio_name(std::string_view file_name) {
  const auto dot = file_name.rfind('.');
  return dot != std::string_view::npos && std::ranges::binary_search(extensions, to_lower(file_name.substr(dot + 1)));
}

std::string_view mime_type_of(AudioFormat format) noexcept {
  return names[static_cast<std::size_t>(format)].mime_type;
}

std::string_view extension_of(AudioFormat format) noexcept {
  return names[static_cast<std::size_t>(format)].extension;
}

std::string_view picture_extension_of(std::string_view bytes) noexcept {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return "png";
  if (bytes.starts_with("\xff\xd8\xff"sv)) return "jpg";
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return "gif";
  if (bytes.starts_with("RIFF") && bytes.size() > 12 && bytes.substr(8).starts_with("WEBP")) return "webp";
  return {};
}

}  // namespace pulso::tracks
