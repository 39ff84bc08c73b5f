#pragma once
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/token_bucket.h"
#include "bus/bus.h"
#include "bus/redis_client.h"
#include "net/engineio_server.h"
#include "net/shard.h"
#include "ops/metrics.h"

/// Socket.IO protocol, revision 5, for features: namespaces, sockets, rooms, acknowledgements, state recovery.
///
/// Threads: a socket lives on one shard and is touched by its thread only; handlers are called there. What a namespace
/// publishes may be published from any thread.
namespace pulso::realtime {

class SocketioNamespace;
class SocketioServer;

/// Arguments of an event or an acknowledgement. Binary values stand in `values` as the protocol's placeholders,
/// `{"_placeholder":true,"num":n}`; where there are attachments, each is checked to name one of them. They can be sent
/// on as they came.
struct SocketioArguments {
  boost::json::array values;
  std::vector<std::string> attachments;
};

/// Answers one event; may be called on any thread, at most once. Empty when the client asked for no acknowledgement.
using SocketioAck = std::move_only_function<void(SocketioArguments)>;

/// What came with the connection's first HTTP request. Fields of the transport (`Sec-WebSocket-*`, `Accept*`, …) are
/// left out: it lives as long as the connection.
struct SocketioHandshake {
  std::vector<std::pair<std::string, std::string>> query;
  net::HttpHeaders headers;
  std::string remote_address;
  bool secure = false;
};

/// Why a connection to a namespace is refused: `connect_error` with this message and `data`.
struct SocketioConnectError {
  std::string message;
  boost::json::value data;
};

/// The server's side of one client in one namespace.
class SocketioSocket : public std::enable_shared_from_this<SocketioSocket> {
 public:
  virtual ~SocketioSocket() = default;

  /// 20 characters, from a CSPRNG; kept when the state is recovered. The socket is always in the room of this name.
  [[nodiscard]] virtual const std::string& id() const noexcept = 0;
  [[nodiscard]] virtual SocketioNamespace& name_space() const noexcept = 0;
  [[nodiscard]] virtual const SocketioHandshake& handshake() const noexcept = 0;
  /// What the client gave in CONNECT: an object, empty when it gave none.
  [[nodiscard]] virtual const boost::json::object& auth() const noexcept = 0;
  [[nodiscard]] virtual bool is_recovered() const noexcept = 0;
  /// Recovered, and kept from states that were published while it was away: whoever keeps them tells it how they are.
  [[nodiscard]] virtual bool has_missed_states() const noexcept = 0;
  [[nodiscard]] virtual std::string_view transport_name() const noexcept = 0;
  [[nodiscard]] virtual net::Shard& shard() const noexcept = 0;
  [[nodiscard]] virtual bool is_connected() const noexcept = 0;

  /// Past `SocketioOptions::rooms_max` nothing happens but a count. Rooms that middleware names are joined when the
  /// client is told that it is connected; where lost state is recovered it misses nothing of them from then on,
  /// whichever instance publishes.
  virtual void join(std::string_view room) = 0;
  /// Its own room is never left.
  virtual void leave(std::string_view room) = 0;
  /// Its own first. Empty once it has ended.
  [[nodiscard]] virtual std::vector<std::string> rooms() const = 0;

  /// As `net::EngineioSession::set_cookie`, while there is a session.
  virtual void set_cookie(std::string field) = 0;
  /// Whose socket it is, set by middleware: lost state is given back to the same user only.
  virtual void set_user(std::string user) = 0;

  /// To this client alone, in one order with what its rooms are sent, and recovered with it.
  virtual void emit(std::string_view event, SocketioArguments arguments) = 0;
  /// As `emit`, but never recovered: what a client can provoke as often as it likes, such as refusals, must not push
  /// out of the log what all others are to recover.
  virtual void emit_unlogged(std::string_view event, SocketioArguments arguments) = 0;
  /// Dropped when it could not leave at once; never recovered.
  virtual void emit_volatile(std::string_view event, SocketioArguments arguments) = 0;
  /// Asks for an acknowledgement; `done` gets `Errc::unavailable` after `timeout`, `Errc::cancelled` when the socket
  /// ends.
  virtual void emit_with_ack(std::string_view event, SocketioArguments arguments, milliseconds timeout,
                             std::move_only_function<void(Result<SocketioArguments>)> done) = 0;
  /// A DISCONNECT packet, after which the client stays away; with `closes_transport` all namespaces and the transport
  /// end with it.
  virtual void disconnect(bool closes_transport = false) = 0;
  /// Ends the transport without a DISCONNECT: the client comes back by itself.
  virtual void close_transport() = 0;

  /// What features keep with a socket, by type; nothing until set.
  template <class T>
  [[nodiscard]] T* state() const noexcept {
    return static_cast<T*>(find_state(&state_key<T>));
  }
  template <class T>
  void set_state(std::shared_ptr<T> value) {
    put_state(&state_key<T>, std::move(value));
  }

 protected:
  template <class T>
  static inline char state_key = 0;
  [[nodiscard]] virtual void* find_state(const void* key) const noexcept = 0;
  virtual void put_state(const void* key, std::shared_ptr<void> value) = 0;
};

using SocketioSocketRef = std::shared_ptr<SocketioSocket>;

/// Whom a message goes to: members of any of `rooms` (everyone when empty) who are in none of `except`, each once.
struct SocketioTarget {
  std::vector<std::string> rooms;
  std::vector<std::string> except;
  bool names_sockets = false;  ///< `rooms` are ids: a socket's own room is found only so, on whatever instance it is
  bool is_volatile = false;
  /// Says how things are now, which what comes later replaces: who was away is not told of it any more, see
  /// `SocketioSocket::has_missed_states`.
  bool is_state = false;

  /// Whether a member of these rooms is meant.
  [[nodiscard]] bool includes(std::span<const std::string> member_rooms) const noexcept;
};

/// One namespace on all instances. Handlers are registered before the server starts.
class SocketioNamespace {
 public:
  /// Admits a client or refuses it; those of a namespace are asked in their order. Runs on the socket's shard before it
  /// is connected, when it is in no room yet and can send nothing. Skipped for a recovered socket unless
  /// `SocketioOptions::recovery_asks_middleware`.
  using Middleware =
      std::function<boost::asio::awaitable<std::expected<void, SocketioConnectError>>(SocketioSocketRef)>;
  /// `ack` is empty when none was asked for.
  using Handler = std::function<void(SocketioSocket&, SocketioArguments, SocketioAck ack)>;
  using AnyHandler = std::function<void(SocketioSocket&, std::string_view event, SocketioArguments, SocketioAck ack)>;

  virtual ~SocketioNamespace() = default;
  [[nodiscard]] virtual const std::string& name() const noexcept = 0;

  virtual void use(Middleware middleware) = 0;
  virtual void on_connection(std::function<void(SocketioSocket&)> handler) = 0;
  /// With Socket.IO's own words for the reason: `client namespace disconnect`, `transport close`, …
  virtual void on_disconnect(std::function<void(SocketioSocket&, std::string_view reason)> handler) = 0;
  virtual void on(std::string event, Handler handler) = 0;
  /// Events that nobody has registered for; ignored when there is none.
  virtual void on_other(AnyHandler handler) = 0;
  /// Events past `SocketioOptions::messages_per_second`, which no other handler sees: the place to refuse them.
  virtual void on_excess(std::function<void(SocketioSocket&, SocketioAck ack)> handler) = 0;

  /// To all instances, in one order with everything else that this namespace publishes. Any thread.
  virtual void publish(SocketioTarget target, std::string_view event, SocketioArguments arguments) = 0;
  /// The same with an acknowledgement of every client that it reaches: what came within `timeout`, and whether that was
  /// all. `done` is called once, on any thread.
  virtual void publish_with_ack(
      SocketioTarget target, std::string_view event, SocketioArguments arguments, milliseconds timeout,
      std::move_only_function<void(std::vector<SocketioArguments> answers, bool is_complete)> done) = 0;
  /// Disconnects whom the target names, on all instances.
  virtual void disconnect(SocketioTarget target, bool closes_transport) = 0;
  /// Makes whom the target names leave or join, on all instances.
  virtual void join(SocketioTarget target, std::vector<std::string> rooms) = 0;
  virtual void leave(SocketioTarget target, std::vector<std::string> rooms) = 0;

  /// Sockets connected to this instance, and those of them in a room.
  [[nodiscard]] virtual std::size_t socket_count() const noexcept = 0;
  [[nodiscard]] virtual std::size_t member_count(std::string_view room) const = 0;
};

struct SocketioOptions {
  net::EngineioOptions engineio;
  milliseconds connect_timeout{45'000};  ///< for the first CONNECT
  /// How long a lost connection's state is kept; nothing: recovery is off.
  std::optional<milliseconds> recovery_window;
  bool recovery_asks_middleware = false;  ///< and only then is the state looked for, so that it is that user's
  /// Kept for replay in a namespace; older ones go earlier. Bytes are counted where they are in this process's memory.
  std::size_t recovery_messages_max = 100'000;
  std::size_t recovery_bytes_max = std::size_t{64} << 20;
  std::size_t attachments_max = 16;  ///< of one packet
  std::size_t rooms_max = 100;       ///< that one socket may be in, beside its own
  /// Packets of one connection, whatever becomes of them; only acknowledgements that the server has asked for are free.
  /// What is more is refused without being looked at.
  RateLimit messages_per_second;
  /// Packets over that, past which the connection is closed. It takes in what a client has gathered while it was away
  /// and sends all at once.
  RateLimit excess_messages{10, 500};
};

/// What it stands on; everything outlives it.
struct SocketioDependencies {
  SocketioOptions options;
  const Clock& clock;
  std::vector<net::Shard*> shards;
  bus::Bus& bus;
  bus::RedisClient* redis = nullptr;  ///< null: a single instance, its logs in memory
  ops::Metrics& metrics;
  InstanceId instance;
};

/// Order of a life: namespaces and their handlers, the bus's listener, `add_routes`, shards run, `begin_drain`, shards
/// stop and discard their handlers, destroyed.
class SocketioServer {
 public:
  virtual ~SocketioServer() = default;
  /// `/` or `/admin`. The same object when it exists.
  [[nodiscard]] virtual SocketioNamespace& of(std::string_view name) = 0;
  /// Namespaces that are made when a client first asks for one that `matches`; `setup` registers their handlers. Names
  /// with braces are never made.
  virtual void add_dynamic(std::function<bool(std::string_view name)> matches,
                           std::function<void(SocketioNamespace&)> setup) = 0;

  virtual void add_routes(net::Router& router, const std::string& path = "/socket.io/") = 0;
  virtual void begin_drain() = 0;

  /// From the bus's listener. False when the channel is another's.
  virtual bool on_bus_message(std::string_view channel, std::string_view payload) = 0;
  virtual bool on_bus_gap(std::string_view channel) = 0;
};

[[nodiscard]] std::unique_ptr<SocketioServer> create_socketio_server(SocketioDependencies dependencies);

}  // namespace pulso::realtime
