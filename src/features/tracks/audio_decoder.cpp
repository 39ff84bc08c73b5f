#include <cerrno>
#include <cmath>
#include <memory>
#include <unistd.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

#include "features/tracks/waveform.h"

namespace pulso::tracks {
namespace {

constexpr int buffer_bytes = 64 * 1024;
/// Frames in a row that may be damaged before the rest is given up.
constexpr int damaged_max = 1000;

/// What each container is read with: its demuxer, and the decoders of what may be inside.
struct Reader {
  const char* demuxer;
  const char* decoders;
};

Reader reader_of(AudioFormat format) {
  switch (format) {
    case AudioFormat::mp3:
      return {"mp3", "mp3float,mp3"};
    case AudioFormat::mp4:
      return {"mov,mp4,m4a,3gp,3g2,mj2", "aac,alac,mp3float,mp3,flac,libopus,opus"};
    case AudioFormat::ogg:
      return {"ogg", "vorbis,opus,libopus,flac"};
    case AudioFormat::flac:
      return {"flac", "flac"};
    case AudioFormat::wav:
      break;
  }
  return {"wav", "pcm_u8,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le,pcm_f64le,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav"};
}

/// How long a file is worked on.
class Patience {
 public:
  Patience(const Clock& clock, const std::stop_token& stop)
      : clock_(clock), stop_(stop), until_(clock.steady_now() + decoding_time_max) {}
  [[nodiscard]] bool is_asked_to_stop() const { return stop_.stop_requested(); }
  [[nodiscard]] bool is_over() const { return is_asked_to_stop() || clock_.steady_now() >= until_; }

 private:
  const Clock& clock_;
  const std::stop_token& stop_;
  const SteadyTime until_;
};

/// A descriptor as the source of a demuxer, which may read long until it finds something: it ends when patience does.
class Input {
 public:
  Input(int descriptor, const Patience& patience)
      : descriptor_(descriptor), patience_(patience), size_(::lseek(descriptor, 0, SEEK_END)) {
    auto* buffer = static_cast<unsigned char*>(av_malloc(buffer_bytes));
    context_ =
        buffer ? avio_alloc_context(buffer, buffer_bytes, 0, this, &Input::read, nullptr, &Input::seek) : nullptr;
    if (!context_) av_free(buffer);
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input() {
    if (context_) av_freep(static_cast<void*>(&context_->buffer));
    avio_context_free(&context_);
  }
  [[nodiscard]] AVIOContext* context() const noexcept { return context_; }

 private:
  static int read(void* self, std::uint8_t* out, int count) {
    auto& input = *static_cast<Input*>(self);
    if (input.patience_.is_over()) return AVERROR_EXIT;
    const auto got = ::pread(input.descriptor_, out, static_cast<std::size_t>(count), input.position_);
    if (got < 0) return AVERROR(errno);
    if (got == 0) return AVERROR_EOF;
    input.position_ += got;
    return static_cast<int>(got);
  }
  static std::int64_t seek(void* self, std::int64_t offset, int whence) {
    auto& input = *static_cast<Input*>(self);
    switch (whence & ~AVSEEK_FORCE) {
      case AVSEEK_SIZE:
        return input.size_;
      case SEEK_SET:
        break;
      case SEEK_CUR:
        offset += input.position_;
        break;
      case SEEK_END:
        offset += input.size_;
        break;
      default:
        return AVERROR(EINVAL);
    }
    if (offset < 0) return AVERROR(EINVAL);
    return input.position_ = offset;
  }

  int descriptor_;
  const Patience& patience_;
  std::int64_t size_;
  std::int64_t position_ = 0;
  AVIOContext* context_ = nullptr;
};

struct Free {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(SwrContext* context) const { swr_free(&context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Owned<AVFormatContext> open(const Input& input, const Reader& reader) {
  AVFormatContext* context = avformat_alloc_context();
  const AVInputFormat* demuxer = av_find_input_format(reader.demuxer);
  if (!context || !demuxer || !input.context()) {
    avformat_free_context(context);
    return nullptr;
  }
  context->pb = input.context();
  context->flags |= AVFMT_FLAG_CUSTOM_IO;
  // Nothing that a file mentions is opened: no protocol is allowed, and no demuxer or decoder but these.
  av_opt_set(context, "protocol_whitelist", "none", 0);
  av_opt_set(context, "format_whitelist", reader.demuxer, 0);
  av_opt_set(context, "codec_whitelist", reader.decoders, 0);
  if (avformat_open_input(&context, nullptr, demuxer, nullptr) < 0) return nullptr;  // which frees it
  Owned<AVFormatContext> opened{context};
  if (avformat_find_stream_info(context, nullptr) < 0) return nullptr;
  return opened;
}

/// The audio among the streams; nothing when there are moving pictures too.
const AVStream* audio_of(const AVFormatContext& file) {
  const AVStream* audio = nullptr;
  for (unsigned i = 0; i < file.nb_streams; ++i) {
    const AVStream* stream = file.streams[i];
    const AVMediaType type = stream->codecpar->codec_type;
    if (type == AVMEDIA_TYPE_VIDEO && (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) == 0) return nullptr;
    if (type == AVMEDIA_TYPE_AUDIO && !audio) audio = stream;
  }
  return audio;
}

Owned<AVCodecContext> open_decoder(const AVStream& stream, const char* decoders) {
  const AVCodec* codec = avcodec_find_decoder(stream.codecpar->codec_id);
  Owned<AVCodecContext> decoder{codec ? avcodec_alloc_context3(codec) : nullptr};
  if (!decoder) return nullptr;
  av_opt_set(decoder.get(), "codec_whitelist", decoders, 0);
  if (avcodec_parameters_to_context(decoder.get(), stream.codecpar) < 0) return nullptr;
  decoder->thread_count = 1;
  if (avcodec_open2(decoder.get(), codec, nullptr) < 0) return nullptr;
  return decoder;
}

/// Makes frames of any sample format into floats, plane by plane.
class FloatSamples {
 public:
  /// Null when the frame can't be converted; else its samples, `frame.ch_layout.nb_channels` planes of
  /// `frame.nb_samples`.
  const AVFrame* of(const AVFrame& frame) {
    if (frame.format == AV_SAMPLE_FMT_FLTP) return &frame;
    av_frame_unref(planes_.get());
    planes_->format = AV_SAMPLE_FMT_FLTP;
    planes_->sample_rate = frame.sample_rate;
    if (av_channel_layout_copy(&planes_->ch_layout, &frame.ch_layout) < 0) return nullptr;
    int done = swr_convert_frame(converter_.get(), planes_.get(), &frame);
    if (done == AVERROR_INPUT_CHANGED || done == AVERROR_OUTPUT_CHANGED) {
      swr_close(converter_.get());
      done = swr_convert_frame(converter_.get(), planes_.get(), &frame);
    }
    return done < 0 ? nullptr : planes_.get();
  }

 private:
  Owned<AVFrame> planes_{av_frame_alloc()};
  Owned<SwrContext> converter_{swr_alloc()};
};

/// Goes through the frames of a file and collects their peaks.
class Decoding {
 public:
  Decoding(AVFormatContext& file, const AVStream& stream, AVCodecContext& decoder, const Patience& patience)
      : file_(file), stream_(stream), decoder_(decoder), patience_(patience) {}

  void run() {
    while (is_going_on() && av_read_frame(&file_, packet_.get()) >= 0) {
      if (packet_->stream_index == stream_.index) {
        if (avcodec_send_packet(&decoder_, packet_.get()) < 0) ++damaged_;
        take_frames();
      }
      av_packet_unref(packet_.get());
    }
    avcodec_send_packet(&decoder_, nullptr);  // the end: what the decoder has kept back comes out
    take_frames();
  }

  [[nodiscard]] Waveform waveform() const {
    return {.peaks = peaks_.peaks(),
            .duration = milliseconds{static_cast<std::int64_t>(seconds_ * 1000)},
            .is_cut = is_cut_};
  }

 private:
  /// Asked before each packet and each frame.
  [[nodiscard]] bool is_going_on() {
    is_cut_ = is_cut_ || patience_.is_over() || seconds_ >= std::chrono::duration<double>(decoded_duration_max).count();
    return damaged_ < damaged_max && !is_cut_;
  }

  void take_frames() {
    while (is_going_on() && avcodec_receive_frame(&decoder_, frame_.get()) >= 0) {
      const AVFrame* planes = frame_->sample_rate > 0 ? samples_.of(*frame_) : nullptr;
      if (planes) {
        damaged_ = 0;
        add(*planes);
        seconds_ += static_cast<double>(frame_->nb_samples) / frame_->sample_rate;
      } else {
        ++damaged_;
      }
      av_frame_unref(frame_.get());
    }
  }

  void add(const AVFrame& planes) {
    for (int i = 0; i < planes.nb_samples; ++i) {
      float peak = 0;
      for (int channel = 0; channel < planes.ch_layout.nb_channels; ++channel) {
        peak = std::fmax(peak, std::fabs(reinterpret_cast<const float*>(planes.extended_data[channel])[i]));
      }
      peaks_.add(peak);
    }
  }

  AVFormatContext& file_;
  const AVStream& stream_;
  AVCodecContext& decoder_;
  const Patience& patience_;
  Owned<AVPacket> packet_{av_packet_alloc()};
  Owned<AVFrame> frame_{av_frame_alloc()};
  FloatSamples samples_;
  PeakCollector peaks_;
  double seconds_ = 0;
  int damaged_ = 0;
  bool is_cut_ = false;
};

}  // namespace

Result<Waveform> read_waveform(int descriptor, AudioFormat format, const Clock& clock, const std::stop_token& stop) {
  const Patience patience{clock, stop};
  const auto refuse = [&] {
    if (patience.is_asked_to_stop()) return fail(Errc::cancelled);
    return fail(Errc::invalid_argument, "this is no audio that can be played", "file");
  };
  av_log_set_level(AV_LOG_QUIET);  // its lines would be a stranger's texts in our log
  const Reader reader = reader_of(format);
  const Input input{descriptor, patience};
  const auto file = open(input, reader);
  const AVStream* stream = file ? audio_of(*file) : nullptr;
  if (!stream) return refuse();
  const auto decoder = open_decoder(*stream, reader.decoders);
  if (!decoder) return refuse();
  Decoding decoding{*file, *stream, *decoder, patience};
  decoding.run();
  Waveform waveform = decoding.waveform();
  if (waveform.peaks.empty() || patience.is_asked_to_stop()) return refuse();
  return waveform;
}

}  // namespace pulso::tracks
