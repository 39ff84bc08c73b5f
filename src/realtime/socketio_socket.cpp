#include "realtime/socketio_socket.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/random.h"
#include "net/websocket_encoder.h"
#include "realtime/socketio_connection.h"
#include "realtime/socketio_fan_out.h"
#include "realtime/socketio_namespace.h"
#include "realtime/socketio_shared_state.h"

namespace pulso::realtime {
namespace {

constexpr std::size_t id_bytes = 15;  // 20 characters

std::string_view string_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string_view{value->get_string()} : std::string_view{};
}

}  // namespace

/// An acknowledgement that a client owes.
struct ClientSocket::Question final : net::TimerNode {
  Question(ClientSocket& asker, std::uint64_t number, std::move_only_function<void(Result<SocketioArguments>)> then)
      : socket(asker), id(number), done(std::move(then)) {}
  void on_timer() override {
    const auto self = std::move(socket.questions_->at(id));
    socket.questions_->erase(id);
    done(fail(Errc::unavailable, "operation has timed out"));
  }
  ClientSocket& socket;
  const std::uint64_t id;
  std::move_only_function<void(Result<SocketioArguments>)> done;
};

/// What a socket has where instances share state.
struct ClientSocket::SharedPart final : net::TimerNode {
  explicit SharedPart(ClientSocket& whose) : socket(whose) {}
  /// Its state is written anew while it is connected, so that it is there when this instance dies.
  void on_timer() override {
    socket.save_soon();
    socket.link_->shard.wheel().arm(*this, socket.namespace_.context().state->refresh_interval());
  }

  ClientSocket& socket;
  const std::string owner = random_token(id_bytes);  ///< of the state: this connection
  std::uint64_t own_number = 0;                      ///< of the last event for this client alone
  bool is_saving = false;
  bool is_catching_up = false;               ///< in its rooms already, not connected yet
  std::vector<SocketioPublicationRef> held;  ///< what comes meanwhile
  std::vector<SocketioPublicationRef> missed;
  std::vector<std::string> joining;             ///< rooms that this instance may not hear yet
  std::vector<SocketioPublicationRef> answers;  ///< which wait for that
};

ClientSocket::ClientSocket(LocalNamespace& name_space, std::shared_ptr<SocketioLink> link, boost::json::object auth)
    : namespace_(name_space), link_(std::move(link)), auth_(std::move(auth)) {
  take_new_ids();
  if (namespace_.shares_state()) shared_ = std::make_unique<SharedPart>(*this);
}

boost::asio::awaitable<void> ClientSocket::recover() {
  std::string private_id{string_of(auth_, "pid")};
  if (private_id.empty()) co_return;
  const bool is_user_known = namespace_.context().options.recovery_asks_middleware;
  auto saved = co_await namespace_.take(std::move(private_id), std::string{string_of(auth_, "offset")},
                                        shared_ ? shared_->owner : std::string{},
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
  if (auto* const before = static_cast<ClientSocket*>(shard_rooms().find(id_))) before->supersede(shared_->owner);
  shared_->is_catching_up = true;
  shard_rooms().add(*this, id_);
  for (const std::string& room : saved_->rooms) shard_rooms().join(*this, room);
  auto missed = co_await namespace_.missed_since(delivered_, saved_->rooms, link_->shard);
  if (!is_catching_up()) co_return;  // ended
  if (!missed) {
    shared_->is_catching_up = false;
    shared_->held.clear();
    shard_rooms().remove(*this);
    co_return begin_anew();
  }
  shared_->missed = *std::move(missed);
}

void ClientSocket::begin_anew() {
  is_recovered_ = false;
  saved_ = nullptr;
  delivered_ = {};
  if (shared_) shared_->own_number = 0;
  take_new_ids();
}

bool ClientSocket::is_catching_up() const noexcept {
  return shared_ && shared_->is_catching_up;
}

std::uint64_t ClientSocket::next_own_number() noexcept {
  return ++shared_->own_number;
}

void ClientSocket::take_new_ids() {
  id_ = random_token(id_bytes);
  if (namespace_.recovers()) private_id_ = random_token(id_bytes);
}

ClientSocket::~ClientSocket() = default;

SocketioNamespace& ClientSocket::name_space() const noexcept {
  return namespace_;
}

std::string_view ClientSocket::transport_name() const noexcept {
  return link_->session ? link_->session->transport_name() : std::string_view{};
}

SocketioRooms& ClientSocket::shard_rooms() const {
  return namespace_.rooms(link_->shard);
}

void ClientSocket::join(std::string_view room) {
  if (!is_connected_ || room == id_) return;
  if (shard_rooms().room_count_of(*this) >= namespace_.context().options.rooms_max) return;
  if (!shard_rooms().join(*this, room) || !shared_) return;
  save_soon();
  std::string name{room};
  if (!namespace_.context().fan_out->hears(namespace_.name(), {&name, 1})) shared_->joining.push_back(std::move(name));
}

void ClientSocket::leave(std::string_view room) {
  if (is_connected_ && shard_rooms().leave(*this, room)) save_soon();
}

std::vector<std::string> ClientSocket::rooms() const {
  return is_connected_ ? shard_rooms().rooms_of(*this) : std::vector<std::string>{};
}

void ClientSocket::open() {
  const std::unique_ptr<SavedSession> saved = std::move(saved_);
  is_connected_ = true;
  opened_at_ = namespace_.context().clock.steady_now();
  if (!is_catching_up()) shard_rooms().add(*this, id_);
  send(net::encode_socketio_connect(namespace_.name(), id_, private_id_), {});
  if (is_recovered_) {
    namespace_.context().recoveries.add();
    if (shared_) {
      replay_shared(*saved);
    } else {
      replay(saved->rooms);
    }
  }
  if (shared_) {
    const SocketioContext& context = namespace_.context();
    save_soon();
    link_->shard.wheel().arm(*shared_, is_recovered_ ? context.unnoticed() : context.state->refresh_interval());
  }
  namespace_.connected(*this);
}

/// The log and what it was sent alone, each behind what it was behind; then what came while the log was read.
void ClientSocket::replay_shared(const SavedSession& saved) {
  std::vector<std::string> own_rooms = saved.rooms;
  own_rooms.push_back(id_);
  auto own = saved.own_missed.begin();
  const auto send_own = [&](LogPosition before) {
    for (; own != saved.own_missed.end() && own->behind < before; ++own) {
      if (link_->session) link_->session->send_uncounted(namespace_.publication_of(*own)->frames());
    }
  };
  for (const SocketioPublicationRef& publication : shared_->missed) {
    send_own(publication->position);
    if (publication->is_for(own_rooms) && link_->session) link_->session->send_uncounted(publication->frames());
    delivered_ = std::max(delivered_, publication->position);
  }
  send_own(LogPosition::max());
  shared_->missed.clear();
  shared_->is_catching_up = false;
  const std::vector<SocketioPublicationRef> held = std::exchange(shared_->held, {});
  deliver({.publications = held, .frames = {}, .deflated = {}, .last = {}});
}

void ClientSocket::replay(const std::vector<std::string>& rooms) {
  // What other shards publish meanwhile is in the log before it gets here: all of it is told from there, in its order.
  const LogPosition seen = std::exchange(delivered_, LogPosition::max());
  for (const std::string& room : rooms) shard_rooms().join(*this, room);
  const auto [missed, last] = namespace_.missed_since(seen);
  std::vector<std::string> own_rooms = rooms;
  own_rooms.push_back(id_);
  for (const SocketioPublicationRef& publication : missed) {
    if (publication->is_for(own_rooms) && link_->session) link_->session->send_uncounted(publication->frames());
  }
  delivered_ = last;
}

void ClientSocket::deliver(const SocketioBatch& batch) {
  if (is_catching_up()) {
    // Who is not connected yet is not asked.
    std::ranges::copy_if(batch.publications, std::back_inserter(shared_->held),
                         [](const SocketioPublicationRef& publication) { return !publication->answers; });
    return;
  }
  if (!is_connected_ || !link_->session) return;
  const bool is_new =
      !batch.last || !batch.publications.front()->position || batch.publications.front()->position > delivered_;
  if (!batch.frames.empty() && is_new) {
    link_->session->send(batch.frames, batch.deflated);
    delivered_ = std::max(delivered_, batch.last);
    return;
  }
  const auto self = shared_from_this();  // a publication may end it
  for (const SocketioPublicationRef& publication : batch.publications) {
    if (!is_connected_) return;
    if (publication->position && publication->position <= delivered_) continue;  // was replayed
    deliver_one(*publication);
    delivered_ = std::max(delivered_, publication->position);
  }
}

void ClientSocket::deliver_one(const SocketioPublication& publication) {
  switch (publication.kind) {
    case PublicationKind::event:
      if (!link_->session || (publication.target.is_volatile && !link_->session->is_writable())) return;
      if (publication.answers) {
        publication.answers->expect(1);
        ask(publication.answers->id(), publication.answers->timeout(),
            [answers = publication.answers](Result<SocketioArguments> answer) {
              answers->add(answer ? std::optional{*std::move(answer)} : std::nullopt);
            });
      }
      link_->session->send(publication.frames(), publication.deflated());
      break;
    case PublicationKind::disconnect:
      disconnect(publication.closes_transport);
      break;
    case PublicationKind::join:
      for (const std::string& room : publication.rooms) join(room);
      break;
    case PublicationKind::leave:
      for (const std::string& room : publication.rooms) leave(room);
      break;
    case PublicationKind::supersede:
      supersede(publication.text);
      break;
  }
}

void ClientSocket::send(std::string_view text, const std::vector<std::string>& attachments, bool counted) {
  if (!link_->session) return;
  const std::vector<net::FrameRef> frames = net::frames_of_socketio(text, attachments);
  if (counted) {
    link_->session->send(frames);
  } else {
    link_->session->send_uncounted(frames);
  }
}

void ClientSocket::emit(std::string_view event, SocketioArguments arguments) {
  if (!is_connected_) return;
  SocketioDraft draft;
  draft.text = namespace_.encode_event(event, arguments, std::nullopt);
  draft.attachments = std::move(arguments.attachments);
  namespace_.emit(*this, std::move(draft));
}

void ClientSocket::emit_volatile(std::string_view event, SocketioArguments arguments) {
  if (!is_connected_) return;
  SocketioDraft draft;
  draft.target.is_volatile = true;
  draft.text = namespace_.encode_event(event, arguments, std::nullopt);
  draft.attachments = std::move(arguments.attachments);
  namespace_.emit(*this, std::move(draft));
}

void ClientSocket::emit_with_ack(std::string_view event, SocketioArguments arguments, milliseconds timeout,
                                 std::move_only_function<void(Result<SocketioArguments>)> done) {
  if (!is_connected_) return done(fail(Errc::cancelled, "socket has been disconnected"));
  const std::uint64_t id = namespace_.next_ack_id();
  SocketioDraft draft;
  draft.ack_id = id;
  draft.ack_timeout = timeout;
  draft.text = namespace_.encode_event(event, arguments, id);
  draft.attachments = std::move(arguments.attachments);
  ask(id, timeout, std::move(done));
  namespace_.emit(*this, std::move(draft));
}

void ClientSocket::ask(std::uint64_t id, milliseconds timeout,
                       std::move_only_function<void(Result<SocketioArguments>)> done) {
  if (!questions_) questions_ = std::make_unique<std::unordered_map<std::uint64_t, std::unique_ptr<Question>>>();
  auto question = std::make_unique<Question>(*this, id, std::move(done));
  link_->shard.wheel().arm(*question, timeout);
  questions_->emplace(id, std::move(question));
}

void ClientSocket::on_ack(net::SocketioPacket packet) {
  if (!questions_) return;
  const auto found = questions_->find(*packet.id);
  if (found == questions_->end()) return;  // too late, or made up
  const auto question = std::move(found->second);
  questions_->erase(found);
  question->done(SocketioArguments{std::move(packet.arguments), std::move(packet.attachments)});
}

void ClientSocket::on_event(net::SocketioPacket packet) {
  SocketioAck ack;
  if (packet.id) {
    ack = [self = std::static_pointer_cast<ClientSocket>(shared_from_this()),
           id = *packet.id](SocketioArguments arguments) mutable {
      net::Shard& shard = self->link_->shard;
      if (net::Shard::current() == &shard) return self->answer(id, std::move(arguments));
      shard.post([self = std::move(self), id, arguments = std::move(arguments)]() mutable {
        self->answer(id, std::move(arguments));
      });
    };
  }
  const auto self = shared_from_this();  // a handler may end it
  namespace_.dispatch(*this, packet, std::move(ack));
}

void ClientSocket::answer(std::uint64_t id, SocketioArguments arguments) {
  if (!is_connected_) return;
  SocketioDraft draft;
  draft.text = net::encode_socketio_ack(
      {.name_space = namespace_.name(), .id = id, .attachment_count = arguments.attachments.size()}, arguments.values);
  draft.attachments = std::move(arguments.attachments);
  auto publication =
      std::make_shared<const SocketioPublication>(std::move(draft), LogPosition{}, nullptr, std::size_t{0});
  if (shared_ && (!shared_->joining.empty() || !shared_->answers.empty())) {
    return answer_when_heard(std::move(publication));
  }
  shard_rooms().answer(*this, std::move(publication));
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

void ClientSocket::disconnect(bool closes_transport) {
  if (!is_connected_ || !link_->connection) return;
  if (closes_transport) return link_->connection->disconnect_all();
  deliver_queued();
  if (!is_connected_ || !link_->connection) return;  // that was too much for it
  send(net::encode_socketio_disconnect(namespace_.name()), {});
  link_->connection->remove(*this, "server namespace disconnect");
}

void ClientSocket::close_transport() {
  deliver_queued();
  if (link_->session) link_->session->close();
}

void ClientSocket::deliver_queued() {
  if (is_connected_) shard_rooms().deliver_all();
}

void ClientSocket::end(std::string_view reason, bool is_recoverable) {
  if (!is_connected_) {
    if (!is_catching_up()) return;
    shared_->is_catching_up = false;  // its state is still there
    shard_rooms().remove(*this);
    return;
  }
  const auto self = shared_from_this();
  if (shared_) {
    link_->shard.wheel().cancel(*shared_);
    SocketioSharedState& state = *namespace_.context().state;
    if (is_recoverable) {
      state.save(namespace_.name(), state_now(), shared_->owner, true);
    } else {
      state.forget(namespace_.name(), private_id_, shared_->owner);
    }
  } else if (is_recoverable && !private_id_.empty()) {
    namespace_.save(state_now());
  }
  is_connected_ = false;
  shard_rooms().remove(*this);
  if (const auto questions = std::exchange(questions_, nullptr)) {
    for (auto& [number, question] : *questions) question->done(fail(Errc::cancelled, "socket has been disconnected"));
  }
  namespace_.disconnected(*this, reason);
}

SavedSession ClientSocket::state_now() const {
  std::vector<std::string> others = rooms();
  std::erase(others, id_);
  const SocketioContext& context = namespace_.context();
  return {.id = id_,
          .private_id = private_id_,
          .user = user_,
          .rooms = std::move(others),
          .offset = {},
          .is_settled = !is_recovered_ || context.clock.steady_now() - opened_at_ >= context.unnoticed()};
}

/// Once for all that changes in this loop turn.
void ClientSocket::save_soon() {
  if (!shared_ || std::exchange(shared_->is_saving, true)) return;
  link_->shard.post([self = std::static_pointer_cast<ClientSocket>(shared_from_this())] {
    self->shared_->is_saving = false;
    if (!self->is_connected_) return;
    self->namespace_.context().state->save(self->namespace_.name(), self->state_now(), self->shared_->owner, false);
  });
}

void ClientSocket::supersede(std::string_view owner) {
  if (!shared_ || shared_->owner == owner || !is_connected_ || !link_->connection) return;
  const std::shared_ptr<SocketioLink> link = link_;
  link->connection->remove(*this, "transport close");
  if (link->session) link->session->close();
}

void* ClientSocket::find_state(const void* key) const noexcept {
  const auto found = std::ranges::find(states_, key, &std::pair<const void*, std::shared_ptr<void>>::first);
  return found == states_.end() ? nullptr : found->second.get();
}

void ClientSocket::put_state(const void* key, std::shared_ptr<void> value) {
  const auto found = std::ranges::find(states_, key, &std::pair<const void*, std::shared_ptr<void>>::first);
  if (found != states_.end()) {
    found->second = std::move(value);
  } else {
    states_.emplace_back(key, std::move(value));
  }
}

}  // namespace pulso::realtime
