#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/result.h"
#include "net/frame.h"

namespace pulso::net {

/// Socket.IO protocol, revision 5. Packets that carry binary data have types of their own on the wire (5 and 6) and are
/// told as `event` and `ack` once their attachments are there.
enum class SocketioPacketType : std::uint8_t { connect, disconnect, event, ack, connect_error };

/// One packet as a client sent it, checked.
struct SocketioPacket {
  SocketioPacketType type = SocketioPacketType::event;
  std::string name_space = "/";
  std::optional<std::uint64_t> id;  ///< of an event that asks for an acknowledgement, and of that; at most 2^53 - 1
  std::string event;                ///< the name of an event
  boost::json::array arguments;     ///< of an event, without its name, and of an acknowledgement
  boost::json::value data;          ///< CONNECT: an object or null; CONNECT_ERROR: an object or a string
  /// What `{"_placeholder":true,"num":n}` in `arguments` stands for; every n is in range where there are any.
  std::vector<std::string> attachments;
};

struct SocketioLimits {
  std::size_t attachments_max = 16;
  std::size_t depth_max = 512;  ///< of nested arrays and objects
  std::size_t name_space_bytes_max = 256;
};

/// Messages of one client in, packets out. Eight bytes while no attachment is awaited. Every error is final: the peer
/// does not speak the protocol, or passes a limit. Sizes of messages are bounded by the transport.
class SocketioDecoder {
 public:
  SocketioDecoder();
  ~SocketioDecoder();
  SocketioDecoder(const SocketioDecoder&) = delete;
  SocketioDecoder& operator=(const SocketioDecoder&) = delete;

  /// A packet, or nothing when its attachments come behind.
  [[nodiscard]] Result<std::optional<SocketioPacket>> decode_text(std::string_view message,
                                                                  const SocketioLimits& limits);
  /// The packet whose last attachment this is, or nothing when more are missing.
  [[nodiscard]] Result<std::optional<SocketioPacket>> decode_binary(std::string_view message);

 private:
  struct Partial;
  std::unique_ptr<Partial> partial_;
};

/// What belongs to an event or an acknowledgement on its way out.
struct SocketioHead {
  std::string_view name_space;
  std::optional<std::uint64_t> id;
  std::size_t attachment_count = 0;  ///< binary messages that follow
};

// Text of packets as Engine.IO messages: the `4` of a message stands in front. A namespace other than `/` is named.

[[nodiscard]] std::string encode_socketio_event(const SocketioHead& head, std::string_view event,
                                                const boost::json::array& arguments);
/// `head.id` is the event's.
[[nodiscard]] std::string encode_socketio_ack(const SocketioHead& head, const boost::json::array& arguments);
/// The answer to CONNECT; `pid` is empty where state is not recovered.
[[nodiscard]] std::string encode_socketio_connect(std::string_view name_space, std::string_view sid,
                                                  std::string_view pid);
/// `data` is left out when it is null.
[[nodiscard]] std::string encode_socketio_connect_error(std::string_view name_space, std::string_view message,
                                                        const boost::json::value& data = nullptr);
[[nodiscard]] std::string encode_socketio_disconnect(std::string_view name_space);

/// Makes an encoded event without an id one that asks for an acknowledgement.
void insert_socketio_id(std::string& event_text, std::uint64_t id);

/// Adds `offset` as last argument to an encoded event: how a client learns from where its state is to be recovered.
void append_socketio_offset(std::string& event_text, std::string_view offset);

/// The text and the attachments as frames that belong together.
[[nodiscard]] std::vector<FrameRef> frames_of_socketio(std::string_view text,
                                                       const std::vector<std::string>& attachments);

}  // namespace pulso::net
