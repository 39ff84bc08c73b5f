#include "realtime/socketio_rooms.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/prefetch.h"

namespace pulso::realtime {

struct SocketioMember::Room {
  std::string name;
  std::vector<SocketioMember*> members;
};

SocketioRooms::SocketioRooms(net::Shard& shard, Observer observer, Counters counters)
    : shard_(shard), observer_(std::move(observer)), counters_(counters) {}

SocketioRooms::~SocketioRooms() = default;

void SocketioRooms::add(SocketioMember& member, std::string_view own_room) {
  deliver_all();
  member.own_room_ = own_room;
  member.index_ = all_.size();
  all_.push_back(&member);
  by_own_room_.emplace(own_room, &member);
}

void SocketioRooms::remove(SocketioMember& member) {
  if (member.own_room_.empty()) return;
  while (!member.rooms_.empty()) {
    Room& room = *member.rooms_.back();
    member.rooms_.pop_back();
    take_out(member, room);
  }
  by_own_room_.erase(member.own_room_);
  member.own_room_ = {};
  all_[member.index_] = all_.back();
  all_[member.index_]->index_ = member.index_;
  all_.pop_back();
  if (member.pass_ == pass_ && member.pass_index_ < active_.size() && active_[member.pass_index_] == &member) {
    active_[member.pass_index_] = nullptr;
  }
  std::erase_if(queue_, [&member](const Item& item) { return item.only == &member; });
}

bool SocketioRooms::join(SocketioMember& member, std::string_view name) {
  if (is_in(member, name)) return false;
  deliver_all();
  auto& room = rooms_[std::string{name}];
  if (!room) {
    room = std::make_unique<Room>(std::string{name});
    observer_.opened(room->name);
  }
  room->members.push_back(&member);
  member.rooms_.push_back(room.get());
  return true;
}

bool SocketioRooms::is_in(const SocketioMember& member, std::string_view name) const {
  return std::ranges::any_of(member.rooms_, [name](const Room* room) { return room->name == name; });
}

bool SocketioRooms::leave(SocketioMember& member, std::string_view name) {
  const auto found = std::ranges::find_if(member.rooms_, [name](const Room* room) { return room->name == name; });
  if (found == member.rooms_.end()) return false;
  deliver_all();
  Room& room = **found;
  member.rooms_.erase(found);
  take_out(member, room);
  return true;
}

void SocketioRooms::take_out(SocketioMember& member, Room& room) {
  const auto place = std::ranges::find(room.members, &member);
  *place = room.members.back();
  room.members.pop_back();
  if (!room.members.empty()) return;
  const std::string name = room.name;
  rooms_.erase(name);
  observer_.closed(name);
}

std::vector<std::string> SocketioRooms::rooms_of(const SocketioMember& member) const {
  std::vector<std::string> names{std::string{member.own_room_}};
  for (const Room* room : member.rooms_) names.push_back(room->name);
  return names;
}

std::size_t SocketioRooms::member_count(std::string_view room) const {
  const auto found = rooms_.find(std::string{room});
  return found == rooms_.end() ? 0 : found->second->members.size();
}

SocketioMember* SocketioRooms::find(std::string_view own_room) const {
  const auto found = by_own_room_.find(own_room);
  return found == by_own_room_.end() ? nullptr : found->second;
}

void SocketioRooms::post(SocketioPublicationRef publication) {
  {
    const std::lock_guard lock{mutex_};
    if (inbox_.size() + queued_ >= waiting_max) {
      if (counters_.dropped) counters_.dropped->add();
      if (publication->answers) publication->answers->part_done();
      return;
    }
    inbox_.push_back(std::move(publication));
    if (std::exchange(is_woken_, true)) return;
  }
  shard_.post([this] {
    take_posted();
    schedule();
  });
}

void SocketioRooms::send(SocketioMember& member, SocketioPublicationRef publication) {
  take_posted();
  queue_.push_back({std::move(publication), &member});
  queued_ = queue_.size();
  schedule();
}

void SocketioRooms::answer(SocketioMember& member, SocketioPublicationRef publication) {
  take_posted();
  if (is_running_ || !queue_.empty() || !batch_.empty()) {
    queue_.push_back({std::move(publication), &member});
    queued_ = queue_.size();
    return schedule();
  }
  member.deliver({.publications = {&publication, 1}, .frames = publication->frames(), .deflated = {}, .last = {}});
}

void SocketioRooms::take_posted() {
  std::vector<SocketioPublicationRef> posted;
  {
    const std::lock_guard lock{mutex_};
    is_woken_ = false;
    posted.swap(inbox_);
    queued_ = queue_.size() + posted.size();
  }
  for (SocketioPublicationRef& publication : posted) queue_.push_back({std::move(publication), nullptr});
}

/// Behind what is ready in this loop turn: what is published together leaves together.
void SocketioRooms::schedule() {
  if (is_scheduled_ || (queue_.empty() && active_.empty())) return;
  is_scheduled_ = true;
  shard_.post([this] {
    is_scheduled_ = false;
    run(slice_size);
  });
}

/// Members change behind what is queued. From within a delivery there is no waiting: its members are chosen already.
void SocketioRooms::deliver_all() {
  if (is_running_) return;
  take_posted();
  run(std::numeric_limits<std::size_t>::max());
}

void SocketioRooms::run(std::size_t budget) {
  if (is_running_) return;
  is_running_ = true;
  while (true) {
    if (batch_.empty()) {
      if (queue_.empty()) break;
      begin_pass();
    }
    const SocketioBatch batch{batch_, frames_, deflated_, last_};
    for (; cursor_ < active_.size() && budget > 0; ++cursor_, --budget) {
      if (cursor_ + prefetch_distance < active_.size()) prefetch_object(active_[cursor_ + prefetch_distance], 128);
      if (SocketioMember* member = active_[cursor_]) {
        ++delivered_;
        member->deliver(batch);
      }
    }
    if (cursor_ < active_.size()) break;
    end_pass();
  }
  is_running_ = false;
  queued_ = queue_.size();
  schedule();
}

bool SocketioRooms::can_join_batch(const Item& item) const {
  const SocketioPublication& first = *batch_.front();
  const SocketioPublication& next = *item.publication;
  return batch_.size() < batch_size && first.is_plain() && next.is_plain() && first.target.rooms == next.target.rooms &&
         first.target.except == next.target.except;
}

void SocketioRooms::begin_pass() {
  ++pass_;
  pass_since_ = shard_.now();
  cursor_ = 0;
  choose_members(queue_.front());
  const SocketioMember* const only = queue_.front().only;
  do {
    batch_.push_back(std::move(queue_.front().publication));
    queue_.pop_front();
  } while (!queue_.empty() && queue_.front().only == only && can_join_batch(queue_.front()));
  join_frames();
}

void SocketioRooms::join_frames() {
  last_ = {};
  for (const SocketioPublicationRef& publication : batch_) last_ = std::max(last_, publication->position);
  if (!batch_.front()->is_plain()) return;
  bool has_deflated = false;
  for (const SocketioPublicationRef& publication : batch_) {
    frames_.insert(frames_.end(), publication->frames().begin(), publication->frames().end());
    const auto deflated = publication->deflated();
    deflated_.insert(deflated_.end(), deflated.begin(), deflated.end());
    deflated_.resize(frames_.size());
    has_deflated |= !deflated.empty();
  }
  if (!has_deflated) deflated_.clear();
}

void SocketioRooms::end_pass() {
  if (counters_.delivered) counters_.delivered->add(std::exchange(delivered_, 0) * batch_.size());
  if (counters_.fan_out_seconds && !active_.empty()) {
    counters_.fan_out_seconds->observe(std::chrono::duration<double>(shard_.now() - pass_since_).count());
  }
  const std::vector<SocketioPublicationRef> done = std::exchange(batch_, {});
  frames_.clear();
  deflated_.clear();
  active_.clear();
  for (const SocketioPublicationRef& publication : done) {
    if (publication->answers) publication->answers->part_done();
  }
}

template <class Visit>
void SocketioRooms::visit_room(const std::string& room, Visit visit) {
  if (const auto found = rooms_.find(room); found != rooms_.end()) {
    for (SocketioMember* member : found->second->members) visit(*member);
  }
  if (const auto own = by_own_room_.find(room); own != by_own_room_.end()) visit(*own->second);
}

void SocketioRooms::choose_members(const Item& item) {
  if (item.only) return choose(*item.only);
  const SocketioTarget& target = item.publication->target;
  for (const std::string& room : target.except) {
    visit_room(room, [this](SocketioMember& member) {
      member.pass_ = pass_;  // looked at, and not chosen
      member.pass_index_ = std::numeric_limits<std::size_t>::max();
    });
  }
  if (target.rooms.empty()) {
    for (SocketioMember* member : all_) choose(*member);
  }
  for (const std::string& room : target.rooms) visit_room(room, [this](SocketioMember& member) { choose(member); });
}

void SocketioRooms::choose(SocketioMember& member) {
  if (member.pass_ == pass_) return;
  member.pass_ = pass_;
  member.pass_index_ = active_.size();
  active_.push_back(&member);
}

}  // namespace pulso::realtime
