#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "net/socketio_packet.h"
#include "realtime/socketio.h"
#include "realtime/socketio_rooms.h"
#include "realtime/socketio_sessions.h"

namespace pulso::realtime {

class ClientSocket;
class SocketioFanOut;
class SocketioSharedState;

/// What all namespaces of a server share.
struct SocketioContext {
  const SocketioOptions& options;
  const Clock& clock;
  const std::vector<net::Shard*>& shards;
  SocketioFanOut* fan_out = nullptr;  ///< to the other instances; null, as `state`, where there are none
  SocketioSharedState* state = nullptr;
  SocketioRooms::Counters counters;
  ops::Counter& recoveries;
  ops::Counter& excess_messages;
  ops::Counter& excess_closes;
  ops::Counter& refused_joins;

  /// How long a connection may be dead before that is seen.
  [[nodiscard]] milliseconds unnoticed() const noexcept {
    return options.engineio.ping_interval + options.engineio.ping_timeout;
  }
};

/// A namespace: its handlers, its members on each shard, and the one order in which they hear what it publishes.
class LocalNamespace final : public SocketioNamespace {
 public:
  LocalNamespace(SocketioContext& context, std::string name);
  ~LocalNamespace() override;

  [[nodiscard]] const std::string& name() const noexcept override { return name_; }
  void use(Middleware middleware) override { middlewares_.push_back(std::move(middleware)); }
  void on_connection(std::function<void(SocketioSocket&)> handler) override {
    connection_handlers_.push_back(std::move(handler));
  }
  void on_disconnect(std::function<void(SocketioSocket&, std::string_view)> handler) override {
    disconnect_handlers_.push_back(std::move(handler));
  }
  void on(std::string event, Handler handler) override;
  void on_other(AnyHandler handler) override { other_handler_ = std::move(handler); }
  void on_excess(std::function<void(SocketioSocket&, SocketioAck)> handler) override {
    excess_handler_ = std::move(handler);
  }

  void publish(SocketioTarget target, std::string_view event, SocketioArguments arguments) override;
  void publish_with_ack(SocketioTarget target, std::string_view event, SocketioArguments arguments,
                        milliseconds timeout,
                        std::move_only_function<void(std::vector<SocketioArguments>, bool)> done) override;
  void disconnect(SocketioTarget target, bool closes_transport) override;
  void join(SocketioTarget target, std::vector<std::string> rooms) override;
  void leave(SocketioTarget target, std::vector<std::string> rooms) override;
  [[nodiscard]] std::size_t socket_count() const noexcept override { return socket_count_; }
  [[nodiscard]] std::size_t member_count(std::string_view room) const override;

  // For its sockets

  [[nodiscard]] SocketioContext& context() noexcept { return context_; }
  [[nodiscard]] SocketioRooms& rooms(const net::Shard& shard) { return *parts_[shard.index()]; }
  [[nodiscard]] const std::vector<Middleware>& middlewares() const noexcept { return middlewares_; }
  [[nodiscard]] bool recovers() const noexcept { return context_.options.recovery_window.has_value(); }
  /// Whether lost connections' state is kept where all instances find it.
  [[nodiscard]] bool shares_state() const noexcept { return context_.state && recovers(); }
  /// Before a socket connects: what other instances publish from now on is heard, unless Redis is away.
  boost::asio::awaitable<void> listen(net::Shard& shard);
  /// To one socket of this shard, behind what is queued for it.
  void emit(ClientSocket& socket, SocketioDraft draft);
  void connected(SocketioSocket& socket);
  void disconnected(SocketioSocket& socket, std::string_view reason);
  void dispatch(SocketioSocket& socket, net::SocketioPacket& packet, SocketioAck ack);
  void refuse_excess(SocketioSocket& socket, SocketioAck ack) {
    if (excess_handler_) excess_handler_(socket, std::move(ack));
  }
  void save(SavedSession session);
  /// The state of a lost connection, when everything that was missed since can still be told. Where state is shared it
  /// is the caller's from now on, unless it is another user's, where `user` is known.
  [[nodiscard]] boost::asio::awaitable<std::optional<SavedSession>> take(std::string private_id, std::string offset,
                                                                         std::optional<std::string> user);
  /// What was published behind `offset` to a member of these rooms.
  [[nodiscard]] MissedPublications missed_since(LogPosition offset, std::span<const std::string> rooms);
  /// The same where state is shared: once this instance hears the rooms, so that nothing falls between the log and what
  /// is heard. Nothing when Redis is away.
  [[nodiscard]] boost::asio::awaitable<std::optional<MissedPublications>> missed_since(LogPosition offset,
                                                                                       std::vector<std::string> rooms,
                                                                                       net::Shard& shard);
  /// An event that was sent to one socket alone, for its client.
  [[nodiscard]] SocketioPublicationRef publication_of(const SocketioOwnEvent& event) const;
  [[nodiscard]] std::uint64_t next_ack_id() noexcept { return next_ack_id_.fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] std::string encode_event(std::string_view event, const SocketioArguments& arguments,
                                         std::optional<std::uint64_t> ack_id) const;

  /// From the fan-out: delivers to the members here what an instance has published.
  void deliver(SocketioDraft draft, LogPosition position, SocketioAnswers::Done gathered);

 private:
  void submit(SocketioDraft draft);
  /// Gives the draft its place and hands it to all shards, or to `only`'s.
  void post(SocketioDraft draft, std::shared_ptr<SocketioAnswers> answers, ClientSocket* only,
            LogPosition shared_position = {});
  [[nodiscard]] SocketioPublicationRef publication_of(SocketioDraft draft, LogPosition position,
                                                      std::shared_ptr<SocketioAnswers> answers) const;
  void room_opened(const std::string& room);
  void room_closed(const std::string& room);

  SocketioContext& context_;
  const std::string name_;
  std::vector<Middleware> middlewares_;
  std::vector<std::function<void(SocketioSocket&)>> connection_handlers_;
  std::vector<std::function<void(SocketioSocket&, std::string_view)>> disconnect_handlers_;
  std::unordered_map<std::string, std::vector<Handler>> handlers_;
  AnyHandler other_handler_;
  std::function<void(SocketioSocket&, SocketioAck)> excess_handler_;

  std::vector<std::unique_ptr<SocketioRooms>> parts_;  ///< by shard
  std::atomic<std::size_t> socket_count_{0};
  std::atomic<std::uint64_t> next_ack_id_{0};

  std::mutex order_mutex_;
  std::unique_ptr<SocketioLog> log_;  // under order_mutex_; null where state is shared
  LogPosition last_position_;         ///< of what came from the shared log; under order_mutex_
  std::unique_ptr<SocketioSessions> sessions_;

  std::atomic<bool> is_listening_{false};
  mutable std::mutex members_mutex_;
  std::unordered_map<std::string, std::size_t> members_;  ///< by room, of all shards; under members_mutex_
};

}  // namespace pulso::realtime
