// How a socket goes on where a lost connection was.
#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "realtime/socketio_connection.h"
#include "realtime/socketio_fan_out.h"
#include "realtime/socketio_namespace.h"
#include "realtime/socketio_shared_state.h"
#include "realtime/socketio_socket.h"
#include "realtime/socketio_socket_shared.h"

namespace pulso::realtime {
namespace {

std::string_view string_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string_view{value->get_string()} : std::string_view{};
}

}  // namespace

void ClientSocket::SharedPart::on_timer() {
  socket.save_soon();
  socket.link_->shard.wheel().arm(*this, socket.namespace_.context().state->refresh_interval());
}

boost::asio::awaitable<void> ClientSocket::recover() {
  std::string private_id{string_of(auth_, "pid")};
  if (private_id.empty()) co_return;
  const bool is_user_known = namespace_.context().options.recovery_asks_middleware;
  auto saved = co_await namespace_.take(std::move(private_id), std::string{string_of(auth_, "offset")},
                                        is_user_known ? std::optional{user_} : std::nullopt);
  if (!saved) co_return;
  is_recovered_ = true;
  id_ = saved->id;
  // Where nobody asks again who it is, it is who it was.
  if (!is_user_known) user_ = saved->user;
  saved_ = std::make_unique<SavedSession>(*std::move(saved));
  if (saved_->user != user_) co_return begin_anew();  // somebody else's secret
  private_id_ = saved_->private_id;
  delivered_ = saved_->offset;
  if (shared_ && link_->connection && link_->connection->holds(*this)) co_await catch_up();
}

boost::asio::awaitable<void> ClientSocket::catch_up() {
  shared_->own_number = saved_->own_last;
  shared_->owner = saved_->owner;
  if (auto* const other = static_cast<ClientSocket*>(shard_rooms().find(id_))) {
    if (other->shared_->owner > shared_->owner) co_return give_way();
    other->give_way();
  }
  shared_->is_catching_up = true;
  shard_rooms().add(*this, id_);
  for (const std::string& room : saved_->rooms) shard_rooms().join(*this, room);
  auto missed = co_await namespace_.missed_since(delivered_, shard_rooms().rooms_of(*this), link_->shard);
  if (!is_catching_up()) co_return;  // ended
  if (!missed) {
    shared_->is_catching_up = false;
    shared_->held.clear();
    shard_rooms().remove(*this);
    co_return begin_anew();
  }
  saved_->missed = *std::move(missed);
}

boost::asio::awaitable<void> ClientSocket::enter_rooms() {
  if (!shared_ || is_recovered_ || !first_rooms_) co_return;
  shared_->is_catching_up = true;
  shard_rooms().add(*this, id_);
  for (const std::string& room : *first_rooms_) enter(room);
  // While Redis is away nobody publishes.
  (void)co_await namespace_.context().fan_out->until_heard(namespace_.name(), *first_rooms_, link_->shard);
}

void ClientSocket::begin_anew() {
  is_recovered_ = false;
  saved_ = nullptr;
  delivered_ = {};
  if (shared_) shared_->own_number = shared_->owner = 0;
  take_new_ids();
}

bool ClientSocket::is_catching_up() const noexcept {
  return shared_ && shared_->is_catching_up;
}

std::uint64_t ClientSocket::next_own_number() noexcept {
  return ++shared_->own_number;
}

/// Where state is not shared. What other shards publish meanwhile is in the log before it gets here: all of it is told
/// from there, in its order.
void ClientSocket::join_again(SavedSession& saved) {
  const LogPosition seen = std::exchange(delivered_, LogPosition::max());
  for (const std::string& room : saved.rooms) shard_rooms().join(*this, room);
  saved.missed = namespace_.missed_since(seen, shard_rooms().rooms_of(*this));
}

/// The log and what it was sent alone, each behind what it was behind; then what came while the log was read.
void ClientSocket::replay(const SavedSession& saved) {
  auto own = saved.own_missed.begin();
  const auto send_own = [&](LogPosition before) {
    for (; own != saved.own_missed.end() && own->behind < before; ++own) {
      if (link_->session) link_->session->send_uncounted(namespace_.publication_of(*own)->frames());
    }
  };
  for (const SocketioPublicationRef& publication : saved.missed.publications) {
    send_own(publication->position);
    if (publication->target.is_state) {
      has_missed_states_ = true;
      continue;
    }
    if (link_->session) link_->session->send_uncounted(publication->frames());
  }
  send_own(LogPosition::max());
  delivered_ = saved.missed.last;
  if (is_catching_up()) deliver_held();
}

void ClientSocket::deliver_held() {
  shared_->is_catching_up = false;
  const std::vector<SocketioPublicationRef> held = std::exchange(shared_->held, {});
  deliver({.publications = held, .frames = {}, .deflated = {}, .last = {}});
}

/// A client that knows that it is in a room misses nothing of it: this instance must hear the room first.
void ClientSocket::answer_when_heard(SocketioPublicationRef publication) {
  shared_->answers.push_back(std::move(publication));
  if (shared_->answers.size() > 1) return;
  boost::asio::co_spawn(
      link_->shard.context(),
      [self = std::static_pointer_cast<ClientSocket>(shared_from_this())] { return self->release_answers(); },
      boost::asio::detached);
}

boost::asio::awaitable<void> ClientSocket::release_answers() {
  const auto self = shared_from_this();
  while (!shared_->joining.empty()) {
    (void)co_await namespace_.context().fan_out->until_heard(namespace_.name(), std::exchange(shared_->joining, {}),
                                                             link_->shard);
  }
  for (SocketioPublicationRef& publication : std::exchange(shared_->answers, {})) {
    if (is_connected_) shard_rooms().answer(*this, std::move(publication));
  }
}

SavedSession ClientSocket::state_now() const {
  std::vector<std::string> others = rooms();
  std::erase(others, id_);
  const SocketioContext& context = namespace_.context();
  const auto age = context.clock.steady_now() - opened_at_;
  return {.id = id_,
          .private_id = private_id_,
          .user = user_,
          .rooms = std::move(others),
          .offset = {},
          .is_settled = !is_recovered_ || age >= context.unnoticed(),
          .age = std::chrono::ceil<milliseconds>(age),
          .owner = shared_ ? shared_->owner : 0};
}

/// Once for all that changes in this loop turn.
void ClientSocket::save_soon() {
  if (!shared_ || std::exchange(shared_->is_saving, true)) return;
  link_->shard.post([self = std::static_pointer_cast<ClientSocket>(shared_from_this())] {
    self->shared_->is_saving = false;
    if (!self->is_connected_) return;
    self->namespace_.context().state->save(self->namespace_.name(), self->state_now(), false,
                                           [weak = std::weak_ptr{self}, &shard = self->link_->shard] {
                                             shard.post([weak] {
                                               if (const auto taken = weak.lock()) taken->give_way();
                                             });
                                           });
  });
}

void ClientSocket::supersede(std::uint64_t owner) {
  if (shared_ && owner > shared_->owner) give_way();
}

/// Another connection has its state now.
void ClientSocket::give_way() {
  if (!link_->connection) return;
  const std::shared_ptr<SocketioLink> link = link_;
  link->connection->remove(*this, "transport close");
  if (link->session) link->session->close();
}

}  // namespace pulso::realtime
