#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pulso::bench {

/// What a message from the server means to a fan-out.
enum class Heard {
  other,     ///< nothing that is counted
  joined,    ///< this client is a member now
  delivery,  ///< one published message has arrived
  question,  ///< to be answered with `Dialect::answers`
  refusal,   ///< the server refused something: the run is void
};

/// How one kind of server is spoken to; one object serves all clients. All strings are the payloads of WebSocket text
/// messages, except the request target.
class Dialect {
 public:
  virtual ~Dialect() = default;

  /// The request target of the WebSocket handshake.
  virtual std::string target(std::size_t client) const = 0;
  /// What a client sends right after the handshake to become a member; empty where the handshake is enough.
  virtual std::string greeting(std::size_t client) const = 0;
  virtual Heard hear(std::string_view message) const = 0;
  /// To a message that is a question, in this order.
  virtual std::vector<std::string> answers(std::string_view /*question*/) const { return {}; }
  /// The message that makes the server send one message to every member.
  virtual std::string publication(std::uint64_t sequence) const = 0;
  /// Whether the publisher is among those that a publication reaches.
  virtual bool publisher_hears() const { return true; }
  /// Whether members are event streams, and publications whole HTTP requests.
  virtual bool is_event_stream() const { return false; }
  /// Events that the server begins each stream with: they are no deliveries.
  virtual std::size_t first_events() const { return 0; }
  /// What a client says before it closes its connection; empty where there is no such word.
  virtual std::string goodbye() const { return {}; }
};

/// Pulso's seats: members of `room`; the publisher selects and releases one seat in turn, so that each of its messages
/// reaches all members (itself by the answer). `user_info_bytes` of filler make the broadcasts of selections larger.
std::unique_ptr<Dialect> make_seats_dialect(std::string room, std::size_t user_info_bytes);

/// Any server that sends what it hears to everybody, unchanged: the floor, Node `ws`, nchan.
std::unique_ptr<Dialect> make_raw_dialect(std::string target, std::size_t payload_bytes);

/// How a publication is posted.
enum class PublicationBody {
  plain,
  json,    ///< `{"data": …}`
  events,  ///< `{"type": "note", "id": "n<sequence>", "data": …}`, as Pulso's accounts take it
};
/// Event streams at `target`; what is published is posted to `publish_target`.
std::unique_ptr<Dialect> make_sse_dialect(std::string target, std::string publish_target, std::size_t payload_bytes,
                                          PublicationBody body);

/// Socket.IO 5 on Engine.IO 4, default namespace. Without a room a client has joined with its CONNECT, and the event
/// "message" is sent to everybody. With a room it asks the server to `join` it, and `to-room` sends the event to its
/// members except the publisher.
std::unique_ptr<Dialect> make_socketio_dialect(std::string room, std::size_t payload_bytes);

}  // namespace pulso::bench
