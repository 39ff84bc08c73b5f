#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "net/frame.h"
#include "realtime/socketio.h"
#include "realtime/socketio_answers.h"

namespace pulso::realtime {

/// Of a socket's id, whose room it is always in, and of its secret: random bytes, and the characters that they make.
inline constexpr std::size_t socket_id_bytes = 15;
inline constexpr std::size_t socket_id_size = 20;

/// Where a publication stands in its namespace's log. Those of one namespace ascend in the order in which every
/// instance delivers them; zero is of what is not logged.
struct LogPosition {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  auto operator<=>(const LogPosition&) const = default;
  explicit operator bool() const noexcept { return major != 0 || minor != 0; }
  /// Behind every other.
  [[nodiscard]] static constexpr LogPosition max() noexcept {
    return {std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::uint64_t>::max()};
  }
};

/// `supersede`: another connection has taken up the socket's state; `owner` is that one.
enum class PublicationKind : std::uint8_t { event, disconnect, join, leave, supersede };

/// What a namespace publishes, before it has its place in the order.
struct SocketioDraft {
  PublicationKind kind = PublicationKind::event;
  SocketioTarget target;
  bool closes_transport = false;         ///< of a disconnect
  std::vector<std::string> rooms;        ///< to join or to leave
  std::string text;                      ///< of an event: `42["event",…]`
  std::vector<std::string> attachments;  ///< that belong to it
  std::uint64_t owner = 0;               ///< of a `supersede`
  bool is_unlogged = false;              ///< of an event: for who is here now
  milliseconds ack_timeout{0};           ///< how long clients have to answer; zero: nobody is asked

  [[nodiscard]] bool asks() const noexcept { return ack_timeout > milliseconds{0}; }
  /// Whether a client that was away is to get it later.
  [[nodiscard]] bool is_recoverable() const noexcept {
    return kind == PublicationKind::event && !target.is_volatile && !is_unlogged && !asks();
  }
};

/// What every shard with members of its target delivers, in one order. Immutable and shared.
class SocketioPublication {
 public:
  /// `draft.text` has its offset already. Messages of `deflate_threshold` bytes and more get a deflated form too; zero
  /// means none.
  SocketioPublication(SocketioDraft draft, LogPosition position, std::shared_ptr<SocketioAnswers> answers,
                      std::size_t deflate_threshold);

  PublicationKind kind;
  SocketioTarget target;
  bool closes_transport;
  std::vector<std::string> rooms;
  std::uint64_t owner;  ///< of a `supersede`
  LogPosition position;
  std::shared_ptr<SocketioAnswers> answers;  ///< where acknowledgements go when they are asked for

  [[nodiscard]] std::span<const net::FrameRef> frames() const noexcept { return frames_; }
  /// As many as `frames`, empty references where the plain form is to be sent; or none at all. Made by whoever asks
  /// first.
  [[nodiscard]] std::span<const net::FrameRef> deflated() const;
  /// What it takes in memory, about.
  [[nodiscard]] std::size_t bytes() const noexcept;
  /// An event that is sent to whoever it is for, without more ado.
  [[nodiscard]] bool is_plain() const noexcept {
    return kind == PublicationKind::event && !target.is_volatile && !answers;
  }

 private:
  std::vector<net::FrameRef> frames_;
  bool is_worth_deflating_ = false;
  mutable std::once_flag deflating_;
  mutable std::vector<net::FrameRef> deflated_;
};

using SocketioPublicationRef = std::shared_ptr<const SocketioPublication>;

/// What a client was not there to hear, in order.
struct MissedPublications {
  std::vector<SocketioPublicationRef> publications;
  LogPosition last;  ///< up to which the log has been looked through
};

}  // namespace pulso::realtime
