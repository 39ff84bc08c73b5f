#include <algorithm>
#include <utility>

#include "features/seats/seats_socket.h"
#include "net/shard.h"
#include "net/websocket_encoder.h"

// The second half of SeatsSocket: commands under way, and how their answers find their place in the stream.
namespace pulso::seats {

using boost::asio::awaitable;

namespace {

/// How long a decided command waits for its event before it is answered without.
constexpr milliseconds event_wait{2000};

}  // namespace

awaitable<void> SeatsSocket::prepare(Self self, RoomId id) {
  const Outcome<RoomRef> room = co_await context_.service.prepare(id);
  if (!self->is_open()) co_return;
  if (!room) {
    in_flight().backlog.pop_front();
    refuse_message(room.error(), id.value(), {});
  }
  unblock();
}

awaitable<void> SeatsSocket::join(Self self, RoomRef room, std::optional<std::uint64_t> since, std::uint32_t command) {
  const Outcome<JoinAnswer> outcome = co_await context_.service.join(room, client_, connection_id_, since);
  if (!self->is_open()) co_return;
  JoinedRoom* joined = find_room(room->id());
  if (!outcome) {
    if (joined && !joined->is_live()) remove_room(*joined);
    answer_refusal(command, outcome.error(), room->id().value(), {});
  } else {
    answer_join(*room, joined, *outcome, since.has_value(), command);
  }
  pump();
}

/// `joined` is null when the client has left again before the join was decided: it is answered all the same.
void SeatsSocket::answer_join(Room& joined_room, JoinedRoom* joined, const JoinAnswer& answer, bool is_resume,
                              std::uint32_t command) {
  AnswerQueue::Slot* slot = in_flight().answers.find(command);
  if (!slot) return;
  const RoomId& room = joined_room.id();
  const bool is_recovered = !answer.snapshot;
  const auto recovered = is_resume ? std::optional{is_recovered} : std::nullopt;
  slot->frames.push_back(
      frame_of(encode_room_joined(room, client_->client_id, client_->session, answer.offset, recovered)));
  if (is_recovered) {
    for (const SeatChange& change : answer.missed) {
      const View view = change.owner == client_->owner ? View::owner : View::others;
      slot->frames.push_back(frame_of(encode_change(room, change, view)));
    }
  } else {
    const auto& holds = answer.snapshot->holds;
    const bool has_own = std::ranges::any_of(holds, [&](const Hold& hold) { return hold.owner == client_->owner; });
    if (has_own) {
      slot->frames.push_back(frame_of(encode_current_selections(room, *answer.snapshot, &client_->owner)));
    } else {
      const Room::SharedSnapshot shared = joined_room.shared_snapshot(*answer.snapshot);
      slot->frames.push_back(shared.text_deflated && connection_->is_deflating() ? shared.text_deflated : shared.text);
    }
  }
  slot->state = AnswerQueue::State::answered;
  slot->room = joined;
  slot->offset = answer.offset;
}

awaitable<void> SeatsSocket::leave(Self self, RoomRef room, std::uint32_t command) {
  const Outcome<> outcome = co_await context_.service.leave(room, client_->owner, connection_id_);
  if (!self->is_open()) co_return;
  // With live state away the connection is out all the same: here at once, there when its lease ends.
  static_cast<void>(outcome);
  answer(command, encode_room_left(room->id(), client_->client_id));
}

awaitable<void> SeatsSocket::select(Self self, RoomRef room, ClientMessage message, std::uint32_t command) {
  const Outcome<HoldAnswer> outcome =
      co_await context_.service.select(room, client_, origin(command), message.seat, std::move(message.user_info));
  if (!self->is_open()) co_return;
  if (!outcome) {
    answer_refusal(command, outcome.error(), room->id().value(), message.seat.value());
  } else {
    SeatChange change = change_of(EventKind::selected, outcome->hold);
    change.offset = outcome->offset;
    answer_with_event(command, room->id(), std::move(change));
  }
}

awaitable<void> SeatsSocket::release(Self self, RoomRef room, SeatId seat, std::uint32_t command) {
  const auto outcome = co_await context_.service.release(room, client_, origin(command), seat);
  if (!self->is_open()) co_return;
  if (!outcome) {
    answer_refusal(command, outcome.error(), room->id().value(), seat.value());
  } else {
    SeatChange change;
    change.kind = EventKind::released;
    change.offset = *outcome;
    change.seats = {seat};
    change.client_id = client_->client_id;
    change.at = context_.service.clock().now();
    answer_with_event(command, room->id(), std::move(change));
  }
}

awaitable<void> SeatsSocket::renew(Self self, RoomRef room, SeatId seat, std::uint32_t command) {
  const Outcome<HoldAnswer> outcome = co_await context_.service.renew(room, client_, origin(command), seat);
  if (!self->is_open()) co_return;
  if (!outcome) {
    answer_refusal(command, outcome.error(), room->id().value(), seat.value());
  } else {
    SeatChange change = change_of(EventKind::renewed, outcome->hold);
    change.offset = outcome->offset;
    answer_with_event(command, room->id(), std::move(change));
  }
}

std::uint32_t SeatsSocket::open_slot() {
  const std::uint32_t command = next_command_++;
  in_flight().answers.add(command);
  return command;
}

void SeatsSocket::answer(std::uint32_t command, std::string_view text) {
  if (AnswerQueue::Slot* slot = in_flight().answers.find(command)) {
    slot->frames.push_back(frame_of(text));
    slot->state = AnswerQueue::State::answered;
  }
  pump();
}

void SeatsSocket::answer_refusal(std::uint32_t command, const Refusal& refusal, std::string_view room,
                                 std::string_view seat) {
  context_.service.metrics().refused(refusal.code);
  answer(command, encode_error(refusal, room, seat));
}

void SeatsSocket::answer_with_event(std::uint32_t command, const RoomId& room, SeatChange change) {
  AnswerQueue::Slot* slot = in_flight().answers.find(command);
  if (slot) {
    JoinedRoom* joined = find_room(room);
    slot->room = joined;
    slot->offset = change.offset;
    slot->late = std::move(change);
    slot->state = AnswerQueue::State::awaiting_event;
    slot->deadline = connection_->shard().now() + event_wait;
    // Nothing changed; or its event is not for this connection any more; or it was part of the state sent last.
    const bool comes = slot->offset > 0 && joined && (!joined->is_live() || joined->delivered_offset() < slot->offset);
    if (!comes) {
      slot->frames.push_back(frame_of(encode_late(room, *slot)));
      slot->state = AnswerQueue::State::answered;
      slot->room = nullptr;
    }
  }
  pump();
}

/// Without its offset: the event itself takes its place in the stream when it comes.
std::string SeatsSocket::encode_late(const RoomId& room, AnswerQueue::Slot& slot) {
  slot.late->offset = 0;
  return encode_change(room, *slot.late, View::owner);
}

void SeatsSocket::give_late_answer(AnswerQueue::Slot& slot) {
  context_.service.metrics().late_answers.add();
  slot.frames.push_back(frame_of(encode_late(slot.room->room()->id(), slot)));
  slot.state = AnswerQueue::State::answered;
  slot.room = nullptr;
}

void SeatsSocket::on_room_event(JoinedRoom& joined, const realtime::TopicEventRef& event) {
  const auto& seat_event = static_cast<const SeatEvent&>(*event);
  if (!joined.is_live() || joined.has_held() || !can_deliver(seat_event)) {
    if (joined.held_count() >= context_.service.options().resume_events_max) {
      context_.service.metrics().slow_consumers.add();
      return connection_->close(net::close_code::try_again_later, "too many events are waiting for an answer");
    }
    joined.hold(event);
    return;
  }
  deliver(joined, seat_event);
  if (in_flight_) pump();
}

/// The event that answers a command leaves when every earlier command has been answered.
bool SeatsSocket::can_deliver(const SeatEvent& event) const {
  const Origin& from = event.change.origin;
  if (!in_flight_ || from.connection != connection_id_) return true;
  const AnswerQueue::Slot* slot = in_flight_->answers.find(from.command);
  return !slot || slot == &in_flight_->answers.front();
}

void SeatsSocket::deliver(JoinedRoom& joined, const SeatEvent& event) {
  AnswerQueue::Slot* answers = nullptr;
  if (in_flight_ && event.change.origin.connection == connection_id_) {
    answers = in_flight_->answers.find(event.change.origin.command);
  }
  if (event.offset <= joined.delivered_offset()) {
    // Told already, as part of a state; the command itself still wants its answer.
    if (!answers) return;
    SeatChange change = event.change;
    change.offset = 0;
    connection_->send(frame_of(encode_change(joined.room()->id(), change, View::owner)));
    return in_flight_->answers.pop_front();
  }
  joined.set_delivered(event.offset);
  if (event.snapshot) {
    send_snapshot(*joined.room(), event);
  } else if (event.owner_hash == owner_hash_ && event.change.owner == client_->owner) {
    connection_->send(frame_of(encode_change(joined.room()->id(), event.change, View::owner)));
  } else {
    connection_->send(event.text, event.text_deflated);
  }
  if (answers) in_flight_->answers.pop_front();
}

void SeatsSocket::send_snapshot(const Room& room, const SeatEvent& event) {
  connection_->send(frame_of(encode_current_selections(room.id(), *event.snapshot, &client_->owner)));
}

void SeatsSocket::pump() {
  // A message that is taken up may answer itself at once: the loop that took it goes on from there.
  if (!in_flight_ || is_pumping_) return;
  is_pumping_ = true;
  while (connection_->is_open() && (send_answers() || send_held() || take_from_backlog())) {
  }
  is_pumping_ = false;
  if (!connection_->is_open()) return;
  if (is_paused_ && in_flight_->backlog.size() < context_.service.options().commands_in_flight_max / 2) {
    is_paused_ = false;
    connection_->resume_reading();
  }
  if (in_flight_ && !is_blocked_ && in_flight_->answers.empty() && in_flight_->backlog.empty()) in_flight_.reset();
}

/// True when something has left.
bool SeatsSocket::send_answers() {
  AnswerQueue& answers = in_flight_->answers;
  bool has_sent = false;
  while (!answers.empty() && answers.front().state == AnswerQueue::State::answered) {
    AnswerQueue::Slot slot = std::move(answers.front());
    answers.pop_front();
    // Replays are paced by the peer's reading, not counted as if it were slow.
    for (const net::FrameRef& frame : slot.frames) connection_->send_uncounted(frame);
    if (slot.room) slot.room->make_live(slot.offset);
    has_sent = true;
  }
  return has_sent;
}

bool SeatsSocket::take_from_backlog() {
  const std::size_t commands_max = context_.service.options().commands_in_flight_max;
  if (is_blocked_ || in_flight_->backlog.empty() || in_flight_->answers.size() >= commands_max) return false;
  IncomingMessage message = std::move(in_flight_->backlog.front());
  in_flight_->backlog.pop_front();
  handle(std::move(message));
  return true;
}

net::FrameRef SeatsSocket::frame_of(std::string_view text) const {
  if (text.size() >= deflate_threshold_bytes && connection_->is_deflating()) {
    if (net::FrameRef deflated = net::encode_deflated_text_frame(text)) return deflated;
  }
  return net::encode_text_frame(text);
}

bool SeatsSocket::send_held() {
  bool has_sent = false;
  for (JoinedRoom* joined = rooms_.get(); joined; joined = joined->next.get()) {
    while (joined->is_live() && joined->has_held()) {
      const realtime::TopicEventRef event = joined->first_held();
      const auto& seat_event = static_cast<const SeatEvent&>(*event);
      if (!can_deliver(seat_event)) break;
      joined->pop_held();
      deliver(*joined, seat_event);
      has_sent = true;
    }
  }
  return has_sent;
}

}  // namespace pulso::seats
