#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "net/frame.h"
#include "net/http_compression.h"

namespace pulso::net {

/// One event of `text/event-stream` (HTML Living Standard §9.2.6). Empty fields are left out, but for the data.
struct ServerSentEvent {
  std::string_view id;    ///< what `Last-Event-ID` will say; `is_event_line`
  std::string_view type;  ///< `is_event_line`
  std::string_view data;  ///< UTF-8 of any number of lines; each kind of line break arrives as `\n`
};

/// Whether a text can be an event's id or type: clients would take a line break for its end, and ignore an id with NUL.
[[nodiscard]] bool is_event_line(std::string_view text) noexcept;

[[nodiscard]] std::string encode_event(const ServerSentEvent& event);
/// A comment, which clients ignore.
[[nodiscard]] std::string encode_event_comment(std::string_view text = {});
/// How long clients wait before they come back, from now on.
[[nodiscard]] std::string encode_event_retry(milliseconds delay);

/// A piece of an event stream on its way to any number of streams: as it is, and as DEFLATE blocks (RFC 1951) that
/// refer to nothing before them and end on a byte, so that every compressed stream takes the same ones.
class EventFrame {
 public:
  EventFrame() = default;
  /// Compresses at once while any compressed stream is open, else when one first asks.
  [[nodiscard]] static EventFrame make(std::string_view bytes);

  [[nodiscard]] const FrameRef& plain() const noexcept { return plain_; }

 private:
  friend class EventStreamCoding;
  [[nodiscard]] static FrameRef compress(std::string_view bytes);

  FrameRef plain_;
  FrameRef blocks_;              ///< null where nobody had asked when it was made
  std::uint32_t crc_ = 0;        ///< of `plain_`
  std::uint32_t crc_shift_ = 0;  ///< zlib's operator that puts `plain_` behind what another checksum is of
  std::uint32_t adler_ = 1;      ///< of `plain_`
};

/// The state of one compressed stream: its format and the checksum of what was sent.
class EventStreamCoding {
 public:
  /// `coding` is gzip (RFC 1952) or deflate (RFC 1950).
  explicit EventStreamCoding(ContentCoding coding);
  ~EventStreamCoding();
  EventStreamCoding(const EventStreamCoding&) = delete;
  EventStreamCoding& operator=(const EventStreamCoding&) = delete;

  /// What stands before the first piece.
  [[nodiscard]] FrameRef head() const;
  /// The piece as it goes out now; it has to.
  [[nodiscard]] FrameRef add(const EventFrame& piece);
  /// What stands behind the last.
  [[nodiscard]] FrameRef tail() const;

 private:
  const ContentCoding coding_;
  std::uint32_t checksum_;
  std::uint32_t bytes_ = 0;  ///< modulo 2^32, as the format has it
};

}  // namespace pulso::net
