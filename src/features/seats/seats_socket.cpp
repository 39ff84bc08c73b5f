#include "features/seats/seats_socket.h"

#include <utility>

#include "base/random.h"
#include "features/seats/spawn.h"
#include "net/shard.h"
#include "net/websocket_encoder.h"
#include "ops/log.h"

namespace pulso::seats {

using boost::asio::awaitable;

namespace {

/// Fits a JavaScript and a Lua number; 2^53 are enough for connections never to meet.
std::uint64_t new_connection_id() {
  return 1 + random_below((std::uint64_t{1} << 53) - 1);
}

}  // namespace

SeatsSocket::SeatsSocket(SocketContext& context, std::string client_id, ClientRef client, bool has_shown_session)
    : context_(context),
      client_(std::move(client)),
      connection_id_(new_connection_id()),
      has_shown_session_(has_shown_session) {
  if (client_) {
    owner_hash_ = std::hash<OwnerId>{}(client_->owner);
  } else {
    unauthenticated_id_ = std::make_unique<std::string>(std::move(client_id));
  }
}

SeatsSocket::~SeatsSocket() = default;

void SeatsSocket::on_open(net::WebSocketConnection& connection) {
  connection_ = &connection;
  since_ = connection.shard().now();
  context_.sockets[connection.shard().index()].add(*this);
  if (client_) start_claim();
}

void SeatsSocket::on_close(std::uint16_t code) {
  context_.service.metrics().closed.add(code);
  context_.sockets[connection_->shard().index()].remove(*this);
  if (is_registered_) {
    context_.registry.release(client_, connection_id_);
    context_.claims.release(*client_, connection_id_);
  }
  in_flight_.reset();
  while (rooms_) {
    const RoomRef room = rooms_->room();
    remove_room(*rooms_);
    spawn(connection_->shard().context().get_executor(), leave(self(), room, 0));
  }
}

void SeatsSocket::on_message(std::string_view payload, bool is_text) {
  if (!messages_.take(context_.service.options().messages_per_second, connection_->shard().now())) {
    accept(std::unexpected{BadMessage{.refusal = {SeatsErrc::rate_limited, {}, {}, {}}, .room = {}, .seat = {}}});
  } else if (!is_text) {
    accept(std::unexpected{BadMessage{.refusal = {SeatsErrc::bad_message, "type", {}, {}}, .room = {}, .seat = {}}});
  } else {
    accept(parse_message(payload));
  }
}

/// Queues behind what has to be finished first, else handles at once.
void SeatsSocket::accept(IncomingMessage message) {
  if (!message) note_abuse();
  if (!is_blocked_ && !in_flight_) return handle(std::move(message));
  in_flight().backlog.push_back(std::move(message));
  if (!is_paused_ && in_flight_->backlog.size() >= context_.service.options().commands_in_flight_max) {
    is_paused_ = true;
    connection_->pause_reading();
  }
  pump();
}

void SeatsSocket::handle(IncomingMessage message) {
  if (message) return handle_understood(std::move(*message));
  const BadMessage& bad = message.error();
  refuse_message(bad.refusal, bad.room, bad.seat);
}

void SeatsSocket::handle_understood(ClientMessage message) {
  if (message.kind == MessageKind::auth) return handle_auth(message);
  if (!client_) {
    refuse_message({SeatsErrc::forbidden, {}, {}, {}}, message.room.value(), message.seat.value());
    return connection_->close(net::close_code::unauthorized, "a credential is needed");
  }
  switch (message.kind) {
    case MessageKind::ping:
      answer(open_slot(), encode_pong(context_.service.clock().now()));
      break;
    case MessageKind::join_room:
    case MessageKind::resume:
      handle_join(message);
      break;
    case MessageKind::leave_room:
      handle_leave(message);
      break;
    case MessageKind::select_seat:
    case MessageKind::release_seat:
    case MessageKind::renew_seat:
      handle_seat(message);
      break;
    case MessageKind::auth:
      break;
  }
}

void SeatsSocket::handle_auth(ClientMessage& message) {
  if (client_) return refuse_message({SeatsErrc::bad_message, "type", {}, {}}, {}, {});
  block_for(authenticate(self(), std::move(message.token)));
}

void SeatsSocket::handle_join(ClientMessage& message) {
  const RoomRef room = context_.service.prepared(message.room);
  if (!room) {
    // What comes behind waits too: it may be meant for this room.
    const RoomId id = message.room;
    in_flight().backlog.push_front(std::move(message));
    return block_for(prepare(self(), id));
  }
  const bool is_resume = message.kind == MessageKind::resume;
  const auto since = is_resume ? std::optional{message.offset} : std::nullopt;
  const std::uint32_t command = open_slot();
  if (!find_room(message.room)) {
    if (room_count() >= context_.service.options().max_rooms) {
      return answer_refusal(command, {SeatsErrc::room_limit, {}, {}, {}}, message.room.value(), {});
    }
    auto joined = std::make_unique<JoinedRoom>(*this, room);
    joined->next = std::move(rooms_);
    rooms_ = std::move(joined);
    context_.service.feed().add_member(room);
    // Before the snapshot is taken: what happens after it is not missed, what happened before is told by its offset.
    context_.hub.subscribe(connection_->shard(), room->topic(), *rooms_, rooms_->subscription, {this, connection_});
  }
  spawn(connection_->shard().context().get_executor(), join(self(), room, since, command));
}

void SeatsSocket::handle_leave(const ClientMessage& message) {
  JoinedRoom* joined = find_room(message.room);
  if (!joined) return refuse_message({SeatsErrc::not_in_room, {}, {}, {}}, message.room.value(), {});
  const RoomRef room = joined->room();
  const std::uint32_t command = open_slot();
  remove_room(*joined);
  spawn(connection_->shard().context().get_executor(), leave(self(), room, command));
}

void SeatsSocket::handle_seat(ClientMessage& message) {
  const JoinedRoom* joined = find_room(message.room);
  if (!joined) {
    return refuse_message({SeatsErrc::not_in_room, {}, {}, {}}, message.room.value(), message.seat.value());
  }
  const RoomRef room = joined->room();
  const std::uint32_t command = open_slot();
  const auto executor = connection_->shard().context().get_executor();
  if (message.kind == MessageKind::select_seat) {
    spawn(executor, select(self(), room, std::move(message), command));
  } else if (message.kind == MessageKind::release_seat) {
    spawn(executor, release(self(), room, std::move(message.seat), command));
  } else {
    spawn(executor, renew(self(), room, std::move(message.seat), command));
  }
}

void SeatsSocket::refuse_message(const Refusal& refusal, std::string_view room, std::string_view seat) {
  answer_refusal(open_slot(), refusal, room, seat);
}

void SeatsSocket::note_abuse() {
  const SeatsOptions& options = context_.service.options();
  const SteadyTime now = connection_->shard().now();
  if (abuse_count_ == 0 || now - since_ > options.abuse_window) {
    abuse_count_ = 0;
    // Until `auth` has come, `since_` tells how long it may still take.
    if (client_) since_ = now;
  }
  if (++abuse_count_ < options.abuse_limit) return;
  context_.service.metrics().abuse_closes.add();
  connection_->close(net::close_code::policy, "too many malformed or excess messages");
}

void SeatsSocket::block_for(awaitable<void> work) {
  is_blocked_ = true;
  spawn(connection_->shard().context().get_executor(), std::move(work));
}

void SeatsSocket::unblock() {
  is_blocked_ = false;
  pump();
}

void SeatsSocket::start_claim() {
  if (context_.registry.claim(client_, *connection_, connection_id_) == ClientRegistry::Claim::taken) {
    return connection_->close(net::close_code::client_id_taken, "another user has this client id");
  }
  is_registered_ = true;
  if (context_.claims.concerns(*client_, has_shown_session_)) block_for(claim(self()));
}

awaitable<void> SeatsSocket::claim(Self self) {
  const Outcome<bool> granted = co_await context_.claims.claim(client_, connection_id_);
  if (!self->is_open()) co_return;
  if (granted && !*granted) {
    self->close(net::close_code::client_id_taken, "another user has this client id");
    co_return;
  }
  unblock();
}

awaitable<void> SeatsSocket::authenticate(Self self, std::string token) {
  Result<auth::PrincipalRef> principal = co_await context_.authenticator.authenticate({std::move(token)});
  if (!self->is_open()) co_return;
  if (!principal) {
    refuse_message(refuse(principal.error()).error(), {}, {});
    self->close(net::close_code::unauthorized, "the credential does not hold");
    co_return;
  }
  client_ = std::make_shared<const Client>(make_client(std::move(*unauthenticated_id_), std::move(*principal), {}));
  unauthenticated_id_.reset();
  owner_hash_ = std::hash<OwnerId>{}(client_->owner);
  is_blocked_ = false;
  start_claim();
  if (!is_blocked_ && self->is_open()) unblock();
}

void SeatsSocket::on_tick(SteadyTime now) {
  const auto keep = self();
  if (!client_) {
    if (!is_blocked_ && now - since_ > context_.service.options().auth_timeout) {
      refuse_message({SeatsErrc::forbidden, {}, {}, {}}, {}, {});
      connection_->close(net::close_code::unauthorized, "no credential came");
    }
    return;
  }
  if (!client_->principal->is_anonymous() && !context_.authenticator.still_holds(*client_->principal)) {
    return connection_->close(net::close_code::unauthorized, "the credential has ended");
  }
  if (!in_flight_) return;
  for (AnswerQueue::Slot& slot : in_flight_->answers) {
    if (slot.state == AnswerQueue::State::awaiting_event && slot.deadline <= now) give_late_answer(slot);
  }
  pump();
}

CommandsInFlight& SeatsSocket::in_flight() {
  if (!in_flight_) in_flight_ = std::make_unique<CommandsInFlight>();
  return *in_flight_;
}

JoinedRoom* SeatsSocket::find_room(const RoomId& room) noexcept {
  JoinedRoom* joined = rooms_.get();
  while (joined && joined->room()->id() != room) joined = joined->next.get();
  return joined;
}

std::size_t SeatsSocket::room_count() const noexcept {
  std::size_t count = 0;
  for (const JoinedRoom* joined = rooms_.get(); joined; joined = joined->next.get()) ++count;
  return count;
}

/// Takes it out of the hub and the list. Answers that were to come as its events are given now.
void SeatsSocket::remove_room(JoinedRoom& joined) {
  if (in_flight_) {
    for (AnswerQueue::Slot& slot : in_flight_->answers) {
      if (slot.room != &joined) continue;
      if (slot.state == AnswerQueue::State::awaiting_event) give_late_answer(slot);
      slot.room = nullptr;
    }
  }
  context_.service.feed().remove_member(joined.room());
  std::unique_ptr<JoinedRoom>* link = &rooms_;
  while (link->get() != &joined) link = &(*link)->next;
  const std::unique_ptr<JoinedRoom> removed = std::move(*link);
  *link = std::move(removed->next);
}

}  // namespace pulso::seats
