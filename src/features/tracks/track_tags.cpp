#include "features/tracks/track_tags.h"

#include <exception>
#include <memory>
#include <taglib/attachedpictureframe.h>
#include <taglib/fileref.h>
#include <taglib/flacfile.h>
#include <taglib/id3v2tag.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/oggflacfile.h>
#include <taglib/opusfile.h>
#include <taglib/tfilestream.h>
#include <taglib/vorbisfile.h>
#include <taglib/wavfile.h>
#include <unistd.h>

#include "net/utf8.h"

namespace pulso::tracks {
namespace {

/// The front cover among pictures of one kind, else the first.
template <class Pictures, class BytesOf>
std::string front_cover(const Pictures& pictures, int front_type, BytesOf bytes_of) {
  std::string cover;
  for (const auto* picture : pictures) {
    if (!picture) continue;
    const bool is_front = static_cast<int>(picture->type()) == front_type;
    if (!cover.empty() && !is_front) continue;
    const TagLib::ByteVector bytes = bytes_of(*picture);
    if (bytes.size() > cover_bytes_max) continue;
    std::string candidate{bytes.data(), bytes.size()};
    if (picture_extension_of(candidate).empty()) continue;
    cover = std::move(candidate);
    if (is_front) break;
  }
  return cover;
}

std::string cover_of(TagLib::ID3v2::Tag* tag) {
  using Picture = TagLib::ID3v2::AttachedPictureFrame;
  if (!tag) return {};
  std::vector<const Picture*> pictures;
  for (const auto* frame : tag->frameList("APIC")) pictures.push_back(dynamic_cast<const Picture*>(frame));
  return front_cover(pictures, Picture::FrontCover, [](const Picture& picture) { return picture.picture(); });
}

std::string cover_of(const TagLib::List<TagLib::FLAC::Picture*>& pictures) {
  return front_cover(pictures, TagLib::FLAC::Picture::FrontCover,
                     [](const TagLib::FLAC::Picture& picture) { return picture.data(); });
}

std::string cover_of(TagLib::Ogg::XiphComment* tag) {
  return tag ? cover_of(tag->pictureList()) : std::string{};
}

std::string cover_of(TagLib::MP4::Tag* tag) {
  if (!tag) return {};
  for (const auto& picture : tag->item("covr").toCoverArtList()) {
    std::string bytes{picture.data().data(), picture.data().size()};
    if (bytes.size() <= cover_bytes_max && !picture_extension_of(bytes).empty()) return bytes;
  }
  return {};
}

/// A file as one of TagLib's classes sees it, with its picture.
struct Reading {
  std::unique_ptr<TagLib::File> file;
  std::string cover;
  const TagLib::Tag* second_tag = nullptr;  ///< for what the first leaves open
};

template <class File, class PictureOf>
Reading reading_of(std::unique_ptr<File> file, PictureOf picture_of) {
  Reading reading;
  if (!file->isValid()) return reading;
  reading.cover = picture_of(*file);
  reading.file = std::move(file);
  return reading;
}

template <class File>
Reading read_ogg(TagLib::IOStream& stream) {
  stream.seek(0);
  return reading_of(std::make_unique<File>(&stream), [](File& file) { return cover_of(file.tag()); });
}

Reading read(TagLib::IOStream& stream, AudioFormat format) {
  using namespace TagLib;
  switch (format) {
    case AudioFormat::mp3:
      return reading_of(std::make_unique<MPEG::File>(&stream, ID3v2::FrameFactory::instance()),
                        [](MPEG::File& file) { return cover_of(file.ID3v2Tag()); });
    case AudioFormat::mp4:
      return reading_of(std::make_unique<MP4::File>(&stream), [](MP4::File& file) { return cover_of(file.tag()); });
    case AudioFormat::flac:
      return reading_of(std::make_unique<FLAC::File>(&stream, ID3v2::FrameFactory::instance()),
                        [](FLAC::File& file) { return cover_of(file.pictureList()); });
    case AudioFormat::wav: {
      const TagLib::Tag* info = nullptr;  // which `tag()` does not look at
      Reading reading = reading_of(std::make_unique<RIFF::WAV::File>(&stream), [&info](RIFF::WAV::File& file) {
        info = file.InfoTag();
        return cover_of(file.ID3v2Tag());
      });
      reading.second_tag = info;
      return reading;
    }
    case AudioFormat::ogg:
      break;
  }
  // Which codec is inside shows when its reader finds its own head.
  if (Reading reading = read_ogg<Ogg::Vorbis::File>(stream); reading.file) return reading;
  if (Reading reading = read_ogg<Ogg::Opus::File>(stream); reading.file) return reading;
  return read_ogg<Ogg::FLAC::File>(stream);
}

std::string text_of(const TagLib::String& text) {
  // A megabyte of title is no title; cut before it is copied about.
  return clean_text(text.substr(0, tag_text_bytes_max).to8Bit(true));
}

Result<TrackTags> read_tags(int descriptor, AudioFormat format) {
  TagLib::FileStream stream{descriptor, true};
  if (!stream.isOpen()) return fail(Errc::unavailable, "the file can't be read");
  Reading reading = read(stream, format);
  const TagLib::AudioProperties* audio = reading.file ? reading.file->audioProperties() : nullptr;
  if (!audio || audio->sampleRate() <= 0 || audio->channels() <= 0) {
    return fail(Errc::invalid_argument, "this is no audio that can be played", "file");
  }
  TrackTags tags;
  tags.duration = milliseconds{std::max(0, audio->lengthInMilliseconds())};
  for (const TagLib::Tag* tag : {static_cast<const TagLib::Tag*>(reading.file->tag()), reading.second_tag}) {
    if (!tag) continue;
    if (tags.title.empty()) tags.title = text_of(tag->title());
    if (tags.artist.empty()) tags.artist = text_of(tag->artist());
    if (tags.album.empty()) tags.album = text_of(tag->album());
  }
  tags.cover = std::move(reading.cover);
  return tags;
}

}  // namespace

Result<TrackTags> read_track_tags(int descriptor, AudioFormat format) try {
  // TagLib closes what it is given.
  const int own = ::dup(descriptor);
  if (own < 0) return fail(Errc::unavailable, "too many open files");
  ::lseek(own, 0, SEEK_SET);
  return read_tags(own, format);
} catch (const std::exception&) {  // a length out of the file asked for more memory than there is
  return fail(Errc::invalid_argument, "the file's tags can't be read", "file");
}

std::string clean_text(std::string_view text) {
  std::string out;
  if (!net::is_valid_utf8(text)) return out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_space = byte <= 0x20 || byte == 0x7F;
    if (!is_space) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.size() > tag_text_bytes_max) {
    std::size_t end = tag_text_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) --end;
    out.resize(end);
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace pulso::tracks
