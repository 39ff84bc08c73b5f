#include "features/seats/room_feed.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "features/seats/seat_event.h"
#include "features/seats/seats_messages.h"
#include "features/seats/spawn.h"
#include "net/websocket_encoder.h"

namespace pulso::seats {
namespace {

constexpr milliseconds retry_interval{500};

realtime::TopicEventRef make_event(const Room& room, SeatChange change) {
  auto event = std::make_shared<SeatEvent>();
  const std::string text = encode_change(room.id(), change, View::others);
  event->offset = change.offset;
  event->text = net::encode_text_frame(text);
  if (text.size() >= deflate_threshold_bytes) event->text_deflated = net::encode_deflated_text_frame(text);
  event->owner_hash = std::hash<OwnerId>{}(change.owner);
  event->change = std::move(change);
  return event;
}

}  // namespace

RoomFeed::RoomFeed(realtime::Hub& hub, RoomDirectory& directory, SeatHolds& holds,
                   boost::asio::any_io_executor executor, Follow follow)
    : hub_(hub), directory_(directory), holds_(holds), executor_(std::move(executor)), follow_(std::move(follow)) {}

void RoomFeed::add_member(const RoomRef& room) {
  if (room->member_count.fetch_add(1) == 0) {
    boost::asio::post(executor_, [this, room] { reconcile(room); });
  }
}

void RoomFeed::remove_member(const RoomRef& room) {
  if (room->member_count.fetch_sub(1) == 1) {
    boost::asio::post(executor_, [this, room] { reconcile(room); });
  }
}

/// Makes the subscription what the member count asks for by now. On `executor_` only, so that calls don't overtake.
void RoomFeed::reconcile(const RoomRef& room) {
  const bool has_members = room->member_count > 0;
  const std::lock_guard lock{room->stream.mutex};
  if (has_members == room->stream.is_subscribed) return;
  room->stream.is_subscribed = has_members;
  follow_(room->id(), has_members);
  if (!has_members) {
    room->stream.last_offset = 0;
    room->stream.waiting.clear();
  }
}

void RoomFeed::start(const RoomRef& room, std::uint64_t offset) {
  const std::lock_guard lock{room->stream.mutex};
  if (room->stream.last_offset > 0) return;
  room->stream.last_offset = offset;
  advance(room);
}

void RoomFeed::on_changes(const RoomId& id, std::vector<SeatChange> changes) {
  const RoomRef room = directory_.known_or_stale(id);
  if (!room || room->member_count == 0) return;
  const std::lock_guard lock{room->stream.mutex};
  std::vector<SeatChange>& waiting = room->stream.waiting;
  if (waiting.size() + changes.size() > waiting_max) waiting.clear();
  waiting.insert(waiting.end(), std::make_move_iterator(changes.begin()), std::make_move_iterator(changes.end()));
  advance(room);
}

void RoomFeed::on_gap(const RoomId& id) {
  const RoomRef room = directory_.known_or_stale(id);
  if (!room || room->member_count == 0) return;
  const std::lock_guard lock{room->stream.mutex};
  if (room->stream.last_offset == 0 || room->stream.is_recovering) return;
  room->stream.is_recovering = true;
  spawn_later(executor_, recover(room));
}

/// Publishes what follows without a gap. Under the stream's lock.
void RoomFeed::advance(const RoomRef& room) {
  Room::Stream& stream = room->stream;
  if (stream.last_offset == 0 || stream.is_recovering) return;
  std::vector<SeatChange> next;
  for (auto change = stream.waiting.begin(); change != stream.waiting.end(); ++change) {
    if (change->offset <= stream.last_offset) continue;
    if (change->offset > stream.last_offset + 1) {
      stream.waiting.erase(stream.waiting.begin(), change);
      if (!next.empty()) publish(*room, std::move(next));
      stream.is_recovering = true;
      spawn_later(executor_, recover(room));
      return;
    }
    stream.last_offset = change->offset;
    next.push_back(std::move(*change));
  }
  stream.waiting.clear();
  if (!next.empty()) publish(*room, std::move(next));
}

void RoomFeed::publish(const Room& room, std::vector<SeatChange> changes) {
  std::vector<realtime::TopicEventRef> events;
  events.reserve(changes.size());
  for (SeatChange& change : changes) events.push_back(make_event(room, std::move(change)));
  hub_.publish(room.topic(), std::move(events));
}

boost::asio::awaitable<void> RoomFeed::recover(RoomRef room) {
  boost::asio::steady_timer timer{executor_};
  while (room->member_count > 0) {
    if (co_await fetch_missing(room)) break;
    timer.expires_after(retry_interval);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
  const std::lock_guard lock{room->stream.mutex};
  room->stream.is_recovering = false;
  advance(room);
}

/// False when the engine did not answer.
boost::asio::awaitable<bool> RoomFeed::fetch_missing(RoomRef room) {
  std::uint64_t last_offset = 0;
  {
    const std::lock_guard lock{room->stream.mutex};
    last_offset = room->stream.last_offset;
  }
  auto missing = co_await holds_.changes_since(room->id(), last_offset);
  if (!missing) co_return false;
  if (*missing) {
    const std::lock_guard lock{room->stream.mutex};
    Room::Stream& stream = room->stream;
    std::erase_if(**missing, [&](const SeatChange& change) { return change.offset <= stream.last_offset; });
    if (!(*missing)->empty()) {
      stream.last_offset = (*missing)->back().offset;
      publish(*room, std::move(**missing));
    }
    co_return true;
  }
  auto snapshot = co_await holds_.snapshot(room->id());
  if (!snapshot) co_return false;
  auto event = std::make_shared<SeatEvent>();
  event->offset = (*snapshot)->offset;
  event->snapshot = *snapshot;
  const std::lock_guard lock{room->stream.mutex};
  room->stream.last_offset = event->offset;
  hub_.publish(room->topic(), {std::move(event)});
  co_return true;
}

}  // namespace pulso::seats
