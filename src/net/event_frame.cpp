#include "net/event_frame.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <stdexcept>

#include <zlib.h>

namespace pulso::net {
namespace {

/// Compressed streams that are open, in the process.
std::atomic<std::size_t>& coded_stream_count() {
  static std::atomic<std::size_t> count{0};
  return count;
}

/// One compressor a thread, used for one piece after the other: making one costs more than most pieces do.
class Deflater {
 public:
  Deflater() {
    constexpr int raw_window_bits = -15, memory_level = 8;
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, raw_window_bits, memory_level, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
      throw std::bad_alloc{};
    }
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  std::string run(std::string_view bytes) {
    constexpr std::size_t flush_bytes = 16;  // an empty block and what is left of the one before it
    std::string out(deflateBound(&stream_, bytes.size()) + flush_bytes, '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const bool is_whole = deflate(&stream_, Z_SYNC_FLUSH) == Z_OK && stream_.avail_in == 0 && stream_.avail_out > 0;
    out.resize(out.size() - stream_.avail_out);
    deflateReset(&stream_);
    if (!is_whole) throw std::runtime_error{"a piece of an event stream was not compressed"};
    return out;
  }

 private:
  z_stream stream_{};
};

const Bytef* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const Bytef*>(text.data());
}

template <std::size_t count>
void append_number(std::string& out, std::uint32_t number, bool is_big_endian) {
  std::array<char, count> bytes;
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(number >> (8 * i) & 0xFF);
  if (is_big_endian) std::ranges::reverse(bytes);
  out.append(bytes.data(), bytes.size());
}

void append_line(std::string& out, std::string_view field, std::string_view value) {
  out.append(field).append(": ").append(value) += '\n';
}

}  // namespace

bool is_event_line(std::string_view text) noexcept {
  return text.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos;
}

std::string encode_event(const ServerSentEvent& event) {
  std::string out;
  out.reserve(event.id.size() + event.type.size() + event.data.size() + 32);
  if (!event.id.empty()) append_line(out, "id", event.id);
  if (!event.type.empty()) append_line(out, "event", event.type);
  std::string_view rest = event.data;
  while (true) {
    const std::size_t end = rest.find_first_of("\r\n");
    append_line(out, "data", rest.substr(0, end));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + (rest.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  out += '\n';
  return out;
}

std::string encode_event_comment(std::string_view text) {
  return ":" + std::string{text} + "\n\n";
}

std::string encode_event_retry(milliseconds delay) {
  return "retry: " + std::to_string(delay.count()) + "\n\n";
}

EventFrame EventFrame::make(std::string_view bytes) {
  EventFrame frame;
  frame.plain_ = Frame::make(bytes);
  if (coded_stream_count() == 0) return frame;
  frame.blocks_ = compress(bytes);
  frame.crc_ = static_cast<std::uint32_t>(crc32(0, bytes_of(bytes), static_cast<uInt>(bytes.size())));
  frame.crc_shift_ = static_cast<std::uint32_t>(crc32_combine_gen(static_cast<z_off_t>(bytes.size())));
  frame.adler_ = static_cast<std::uint32_t>(adler32(1, bytes_of(bytes), static_cast<uInt>(bytes.size())));
  return frame;
}

FrameRef EventFrame::compress(std::string_view bytes) {
  thread_local Deflater deflater;
  return Frame::make(deflater.run(bytes));
}

EventStreamCoding::EventStreamCoding(ContentCoding coding)
    : coding_(coding), checksum_(coding == ContentCoding::gzip ? 0 : 1) {
  ++coded_stream_count();
}

EventStreamCoding::~EventStreamCoding() {
  --coded_stream_count();
}

FrameRef EventStreamCoding::head() const {
  constexpr std::string_view gzip{"\x1f\x8b\x08\0\0\0\0\0\0\xff", 10};  // no name, no time, no system
  constexpr std::string_view zlib{"\x78\x9c", 2};
  return Frame::make(coding_ == ContentCoding::gzip ? gzip : zlib);
}

FrameRef EventStreamCoding::add(const EventFrame& piece) {
  // One that was made while nobody asked is compressed again for each who asks now: there are few.
  if (!piece.blocks_) return add(EventFrame::make(piece.plain_.bytes()));
  const std::size_t size = piece.plain_.size();
  bytes_ += static_cast<std::uint32_t>(size);
  checksum_ = static_cast<std::uint32_t>(coding_ == ContentCoding::gzip
                                             ? crc32_combine_op(checksum_, piece.crc_, piece.crc_shift_)
                                             : adler32_combine(checksum_, piece.adler_, static_cast<z_off_t>(size)));
  return piece.blocks_;
}

FrameRef EventStreamCoding::tail() const {
  std::string out{"\x03\0", 2};  // an empty last block
  const bool is_gzip = coding_ == ContentCoding::gzip;
  append_number<4>(out, checksum_, !is_gzip);
  if (is_gzip) append_number<4>(out, bytes_, false);
  return Frame::make(out);
}

}  // namespace pulso::net
