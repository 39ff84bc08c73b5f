#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "net/engineio_session.h"
#include "net/socketio_packet.h"
#include "net/timing_wheel.h"
#include "realtime/socketio.h"
#include "realtime/socketio_rooms.h"
#include "realtime/socketio_sessions.h"

namespace pulso::realtime {

class LocalNamespace;
class SocketioConnection;

/// What a socket shares with its connection while that lasts.
struct SocketioLink {
  SocketioConnection* connection = nullptr;  ///< null once the transport has gone
  net::EngineioSession* session = nullptr;
  net::Shard& shard;
  std::shared_ptr<const SocketioHandshake> handshake;
};

/// One client in one namespace, on the shard of its session.
class ClientSocket final : public SocketioSocket, private SocketioMember {
 public:
  ClientSocket(LocalNamespace& name_space, std::shared_ptr<SocketioLink> link, boost::json::object auth);
  ~ClientSocket() override;

  [[nodiscard]] const std::string& id() const noexcept override { return id_; }
  [[nodiscard]] SocketioNamespace& name_space() const noexcept override;
  [[nodiscard]] const SocketioHandshake& handshake() const noexcept override { return *link_->handshake; }
  [[nodiscard]] const boost::json::object& auth() const noexcept override { return auth_; }
  [[nodiscard]] bool is_recovered() const noexcept override { return is_recovered_; }
  [[nodiscard]] bool has_missed_states() const noexcept override { return has_missed_states_; }
  [[nodiscard]] std::string_view transport_name() const noexcept override;
  [[nodiscard]] net::Shard& shard() const noexcept override { return link_->shard; }
  [[nodiscard]] bool is_connected() const noexcept override { return is_connected_; }
  void join(std::string_view room) override;
  void leave(std::string_view room) override;
  [[nodiscard]] std::vector<std::string> rooms() const override;
  void set_user(std::string user) override { user_ = std::move(user); }
  void set_cookie(std::string field) override;
  void emit(std::string_view event, SocketioArguments arguments) override;
  void emit_unlogged(std::string_view event, SocketioArguments arguments) override;
  void emit_volatile(std::string_view event, SocketioArguments arguments) override;
  void emit_with_ack(std::string_view event, SocketioArguments arguments, milliseconds timeout,
                     std::move_only_function<void(Result<SocketioArguments>)> done) override;
  void disconnect(bool closes_transport) override;
  void close_transport() override;

  /// Takes up the state of the lost connection that the client names, if it names one of its user's that can be taken
  /// up, and gathers what was missed.
  boost::asio::awaitable<void> recover();
  /// Completes once this instance hears the rooms that middleware has named, in which it is then.
  boost::asio::awaitable<void> enter_rooms();
  /// Answers CONNECT, replays what was missed and tells the namespace's handlers.
  void open();
  void on_event(net::SocketioPacket packet);
  /// An event past the limit.
  void on_excess(const net::SocketioPacket& packet);
  /// Whether the client owes that acknowledgement.
  [[nodiscard]] bool has_asked(std::uint64_t id) const noexcept;
  void on_ack(net::SocketioPacket packet);
  /// For what is to come behind everything that was sent before.
  void deliver_queued();
  /// Ends it here: tells the handlers why, and keeps its state where that can be taken up again.
  void end(std::string_view reason, bool is_recoverable);

 private:
  friend class LocalNamespace;
  struct Question;
  struct SharedPart;

  void emit(SocketioDraft draft, std::string_view event, SocketioArguments arguments);
  void deliver(const SocketioBatch& batch) override;
  void deliver_one(const SocketioPublication& publication);
  void take_new_ids();
  boost::asio::awaitable<void> catch_up();
  void begin_anew();
  void join_again(SavedSession& saved);
  void replay(const SavedSession& saved);
  void deliver_held();
  bool enter(std::string_view room);
  [[nodiscard]] bool is_catching_up() const noexcept;
  [[nodiscard]] SavedSession state_now() const;
  void save_soon();
  void supersede(std::uint64_t owner);
  void give_way();
  [[nodiscard]] const std::string& private_id() const noexcept { return private_id_; }
  [[nodiscard]] std::uint64_t next_own_number() noexcept;
  [[nodiscard]] LogPosition caught_up_to() const noexcept { return delivered_; }
  void send(std::string_view text, const std::vector<std::string>& attachments, bool counted = true);
  void ask(std::uint64_t id, milliseconds timeout, std::move_only_function<void(Result<SocketioArguments>)> done);
  void answer(std::uint64_t id, SocketioArguments arguments);
  [[nodiscard]] SocketioAck ack_of(const net::SocketioPacket& packet);
  void answer_when_heard(SocketioPublicationRef answer);
  boost::asio::awaitable<void> release_answers();
  [[nodiscard]] SocketioRooms& shard_rooms() const;
  [[nodiscard]] void* find_state(const void* key) const noexcept override;
  void put_state(const void* key, std::shared_ptr<void> value) override;

  LocalNamespace& namespace_;
  std::shared_ptr<SocketioLink> link_;
  std::string id_;
  std::string private_id_;  ///< `pid`, a secret of the client's; empty where state is not recovered
  boost::json::object auth_;
  LogPosition delivered_;
  SteadyTime opened_at_;
  std::string user_;
  std::unique_ptr<SavedSession> saved_;  ///< until `open`
  std::unique_ptr<SharedPart> shared_;   ///< null where instances share no state
  std::vector<std::pair<const void*, std::shared_ptr<void>>> states_;
  std::unique_ptr<std::unordered_map<std::uint64_t, std::unique_ptr<Question>>> questions_;
  std::unique_ptr<std::vector<std::string>> first_rooms_;  ///< named by middleware, until `open`
  bool is_connected_ = false;
  bool is_recovered_ = false;
  bool has_missed_states_ = false;
};

}  // namespace pulso::realtime
