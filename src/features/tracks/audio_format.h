#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace pulso::tracks {

/// The containers that the library takes.
enum class AudioFormat : std::uint8_t { mp3, mp4, ogg, flac, wav };

/// Bytes of a file's beginning that are enough to tell.
inline constexpr std::size_t format_probe_bytes = 64;

/// What a file is by its first bytes, whatever it is called. An MP3 begins with an ID3v2 tag or with a frame. A
/// FLAC that begins with such a tag, which its specification discourages, passes for one and is refused when it is
/// read.
[[nodiscard]] std::optional<AudioFormat> audio_format_of(std::string_view beginning) noexcept;

/// Whether a name ends as those of such files do, in any case: `.mp3`, `.m4a`, `.ogg`, `.oga`, `.opus`, `.flac`,
/// `.wav`.
[[nodiscard]] bool has_audio_name(std::string_view file_name);

/// `audio/mpeg`, …
[[nodiscard]] std::string_view mime_type_of(AudioFormat format) noexcept;
/// What the library's own files end with: `mp3`, `m4a`, `ogg`, `flac`, `wav`.
[[nodiscard]] std::string_view extension_of(AudioFormat format) noexcept;

/// The same of pictures: `png`, `jpg`, `gif`, `webp`; empty for anything else.
[[nodiscard]] std::string_view picture_extension_of(std::string_view bytes) noexcept;

}  // namespace pulso::tracks
