#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "base/token_bucket.h"
#include "features/seats/answer_queue.h"
#include "features/seats/client.h"
#include "features/seats/joined_room.h"
#include "features/seats/seats_messages.h"
#include "features/seats/socket_context.h"
#include "net/websocket_connection.h"

namespace pulso::seats {

/// One client on `/ws/{client_id}`. Lives on its connection's shard and is touched by its thread only. An idle one in a
/// room is two small objects: what is needed while commands are under way comes and goes with them.
///
/// Commands are handed to the service in order and without waiting for each other's decisions; answers leave in order
/// (`AnswerQueue`). Overload: past `commands_in_flight_max` undecided commands the connection is not read from.
class SeatsSocket final : public net::WebSocketListener {
 public:
  /// `client` is null where the credential is still to come in an `auth` message.
  SeatsSocket(SocketContext& context, std::string client_id, ClientRef client, bool has_shown_session);
  ~SeatsSocket() override;

  void on_open(net::WebSocketConnection& connection) override;
  void on_message(std::string_view payload, bool is_text) override;
  void on_close(std::uint16_t code) override;

  /// From the hub, by way of the room it belongs to.
  void on_room_event(JoinedRoom& joined, const realtime::TopicEventRef& event);
  /// Once a second.
  void on_tick(SteadyTime now);

 private:
  friend class SocketList;
  using Self = std::shared_ptr<net::WebSocketConnection>;  ///< keeps this alive while a command is under way

  // Messages
  void accept(IncomingMessage message);
  void handle(IncomingMessage message);
  void handle_understood(ClientMessage message);
  void handle_join(ClientMessage& message);
  void handle_leave(const ClientMessage& message);
  void handle_seat(ClientMessage& message);
  void handle_auth(ClientMessage& message);
  void refuse_message(const Refusal& refusal, std::string_view room, std::string_view seat);
  void note_abuse();
  void block_for(boost::asio::awaitable<void> work);
  void unblock();

  // Commands under way
  boost::asio::awaitable<void> authenticate(Self self, std::string token);
  boost::asio::awaitable<void> claim(Self self);
  boost::asio::awaitable<void> prepare(Self self, RoomId room);
  boost::asio::awaitable<void> join(Self self, RoomRef room, std::optional<std::uint64_t> since, std::uint32_t command);
  boost::asio::awaitable<void> leave(Self self, RoomRef room, std::uint32_t command);
  boost::asio::awaitable<void> select(Self self, RoomRef room, ClientMessage message, std::uint32_t command);
  boost::asio::awaitable<void> release(Self self, RoomRef room, SeatId seat, std::uint32_t command);
  boost::asio::awaitable<void> renew(Self self, RoomRef room, SeatId seat, std::uint32_t command);
  void start_claim();
  void answer_join(Room& joined_room, JoinedRoom* joined, const JoinAnswer& answer, bool is_resume,
                   std::uint32_t command);

  // Answers
  [[nodiscard]] std::uint32_t open_slot();
  void answer(std::uint32_t command, std::string_view text);
  void answer_refusal(std::uint32_t command, const Refusal& refusal, std::string_view room, std::string_view seat);
  void answer_with_event(std::uint32_t command, const RoomId& room, SeatChange change);
  [[nodiscard]] static std::string encode_late(const RoomId& room, AnswerQueue::Slot& slot);
  void give_late_answer(AnswerQueue::Slot& slot);
  /// Sends what can leave by now and takes up what can be taken up.
  void pump();
  [[nodiscard]] bool send_answers();
  [[nodiscard]] bool send_held();
  [[nodiscard]] bool take_from_backlog();
  /// One message for this connection alone, deflated where that is agreed and worth it.
  [[nodiscard]] net::FrameRef frame_of(std::string_view text) const;
  [[nodiscard]] bool can_deliver(const SeatEvent& event) const;
  void deliver(JoinedRoom& joined, const SeatEvent& event);
  void send_snapshot(const Room& room, const SeatEvent& event);

  [[nodiscard]] CommandsInFlight& in_flight();
  [[nodiscard]] JoinedRoom* find_room(const RoomId& room) noexcept;
  [[nodiscard]] std::size_t room_count() const noexcept;
  void remove_room(JoinedRoom& joined);
  [[nodiscard]] Origin origin(std::uint32_t command) const noexcept { return {connection_id_, command}; }
  [[nodiscard]] Self self() { return connection_->shared_from_this(); }

  SocketContext& context_;
  net::WebSocketConnection* connection_ = nullptr;
  ClientRef client_;
  std::unique_ptr<std::string> unauthenticated_id_;  ///< the client id until `auth` has come
  std::unique_ptr<JoinedRoom> rooms_;
  std::unique_ptr<CommandsInFlight> in_flight_;
  std::uint64_t connection_id_;
  std::size_t owner_hash_ = 0;
  SeatsSocket* previous_ = nullptr;
  SeatsSocket* next_ = nullptr;
  TokenBucket messages_;
  SteadyTime since_{};  ///< opened at; later, the start of the abuse window
  std::uint32_t next_command_ = 1;
  std::uint16_t abuse_count_ = 0;
  bool is_blocked_ : 1 = false;  ///< a message has to be finished before the next is looked at
  bool is_paused_ : 1 = false;
  bool is_pumping_ : 1 = false;
  bool is_registered_ : 1 = false;
  bool has_shown_session_ : 1 = false;
};

}  // namespace pulso::seats
