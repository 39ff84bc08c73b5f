#include "net/websocket_deflate.h"

#include <algorithm>
#include <array>
#include <new>

#include <zlib.h>

namespace pulso::net {
namespace {

constexpr int deflate_level = 3;  // small messages gain little from more, and it is paid on the loop's thread
constexpr int memory_level = 8;
constexpr int full_window_bits = 15;
/// What each message's end leaves out (RFC 7692 §7.2.1): an empty stored block without its first byte.
constexpr std::string_view tail{"\x00\x00\xFF\xFF", 4};

Bytef* as_bytes(std::string_view text) noexcept {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

class DeflateCodec::Deflater {
 public:
  /// zlib's raw deflate begins at 9 bits; its distances end 262 bytes before the window does, so 9 serve for 8.
  explicit Deflater(int window_bits) {
    if (deflateInit2(&stream_, deflate_level, Z_DEFLATED, -std::max(window_bits, 9), memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc{};
    }
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  /// This thread's context for messages that need none.
  static Deflater& stateless(int window_bits) {
    thread_local std::array<std::unique_ptr<Deflater>, full_window_bits + 1> contexts;
    auto& context = contexts[static_cast<std::size_t>(window_bits)];
    if (context) {
      deflateReset(&context->stream_);
    } else {
      context = std::make_unique<Deflater>(window_bits);
    }
    return *context;
  }

  std::string run(std::string_view payload) {
    if (payload.empty()) return std::string(1, '\0');  // RFC 7692 §7.2.3.6; zlib would not flush twice
    std::string out(deflateBound(&stream_, payload.size()) + tail.size(), '\0');
    std::size_t size = 0;
    stream_.next_in = as_bytes(payload);
    stream_.avail_in = static_cast<uInt>(payload.size());
    while (true) {
      stream_.next_out = as_bytes(out) + size;
      stream_.avail_out = static_cast<uInt>(out.size() - size);
      ::deflate(&stream_, Z_SYNC_FLUSH);
      size = out.size() - stream_.avail_out;
      if (stream_.avail_out > 0) break;
      out.resize(out.size() * 2);
    }
    out.resize(size - tail.size());
    return out;
  }

 private:
  z_stream stream_{};
};

class DeflateCodec::Inflater {
 public:
  /// A window larger than the deflater's reads the same, and zlib allocates what is used only.
  explicit Inflater(int window_bits) {
    if (inflateInit2(&stream_, -std::max(window_bits, 9)) != Z_OK) throw std::bad_alloc{};
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  static Inflater& stateless() {
    thread_local Inflater context{full_window_bits};
    inflateReset(&context.stream_);
    return context;
  }

  InflateResult run(std::string_view payload, std::size_t bytes_max, std::string& message) {
    message.clear();
    if (payload.empty()) return InflateResult::ok;
    std::size_t ends = 0;
    for (const std::string_view input : {payload, tail}) {
      stream_.next_in = as_bytes(input);
      stream_.avail_in = static_cast<uInt>(input.size());
      while (stream_.avail_in > 0) {
        std::array<char, 16 * 1024> piece;
        stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream_.avail_out = piece.size();
        const int result = ::inflate(&stream_, Z_SYNC_FLUSH);
        const std::size_t got = piece.size() - stream_.avail_out;
        if (got > bytes_max - message.size()) return InflateResult::too_big;
        message.append(piece.data(), got);
        if (result == Z_STREAM_END) {
          if (++ends > final_blocks_max || !begin_next_stream()) return InflateResult::invalid;
        } else if (result != Z_OK) {
          return InflateResult::invalid;
        }
      }
    }
    // Behind the tail there is a block's end and no bit is left over, or the message was cut off.
    constexpr int at_block_end = 128, unused_bits = 63;
    return (stream_.data_type & at_block_end) != 0 && (stream_.data_type & unused_bits) == 0 ? InflateResult::ok
                                                                                             : InflateResult::invalid;
  }

 private:
  /// A message may have blocks marked final (RFC 7692 §7.2.3.4), no sane one has many; each costs a copy of the window.
  static constexpr std::size_t final_blocks_max = 16;

  /// Behind a final block zlib stops; go on with the same window.
  bool begin_next_stream() {
    std::array<Bytef, 1 << full_window_bits> window;
    uInt size = 0;
    return inflateGetDictionary(&stream_, window.data(), &size) == Z_OK && inflateReset(&stream_) == Z_OK &&
           inflateSetDictionary(&stream_, window.data(), size) == Z_OK;
  }

  z_stream stream_{};
};

DeflateCodec::DeflateCodec(const DeflateAgreement& agreement) noexcept : agreement_(agreement) {}
DeflateCodec::~DeflateCodec() = default;

std::string DeflateCodec::deflate(std::string_view payload) {
  if (agreement_.server_no_context_takeover) return Deflater::stateless(agreement_.server_max_window_bits).run(payload);
  if (!deflater_) deflater_ = std::make_unique<Deflater>(agreement_.server_max_window_bits);
  return deflater_->run(payload);
}

InflateResult DeflateCodec::inflate(std::string_view payload, std::size_t bytes_max, std::string& message) {
  if (agreement_.client_no_context_takeover) return Inflater::stateless().run(payload, bytes_max, message);
  if (!inflater_) inflater_ = std::make_unique<Inflater>(agreement_.client_max_window_bits);
  return inflater_->run(payload, bytes_max, message);
}

std::string deflate_message(std::string_view payload) {
  return DeflateCodec::Deflater::stateless(full_window_bits).run(payload);
}

}  // namespace pulso::net
