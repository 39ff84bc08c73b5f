#include "realtime/socketio_socket.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/random.h"
#include "net/websocket_encoder.h"
#include "realtime/socketio_connection.h"
#include "realtime/socketio_fan_out.h"
#include "realtime/socketio_namespace.h"
#include "realtime/socketio_shared_state.h"
#include "realtime/socketio_socket_shared.h"

namespace pulso::realtime {

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

ClientSocket::ClientSocket(LocalNamespace& name_space, std::shared_ptr<SocketioLink> link, boost::json::object auth)
    : namespace_(name_space), link_(std::move(link)), auth_(std::move(auth)) {
  take_new_ids();
  if (namespace_.shares_state()) shared_ = std::make_unique<SharedPart>(*this);
}

void ClientSocket::take_new_ids() {
  id_ = random_token(socket_id_bytes);
  if (namespace_.recovers()) private_id_ = random_token(socket_id_bytes);
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
  if (room == id_) return;
  if (!is_connected_) {
    if (opened_at_ != SteadyTime{}) return;  // it has ended
    if (!first_rooms_) first_rooms_ = std::make_unique<std::vector<std::string>>();
    first_rooms_->emplace_back(room);
    return;
  }
  if (!enter(room) || !shared_) return;
  save_soon();
  std::string name{room};
  if (!namespace_.context().fan_out->hears(namespace_.name(), {&name, 1})) shared_->joining.push_back(std::move(name));
}

bool ClientSocket::enter(std::string_view room) {
  const SocketioContext& context = namespace_.context();
  if (shard_rooms().room_count_of(*this) >= context.options.rooms_max && !shard_rooms().is_in(*this, room)) {
    context.refused_joins.add();
    return false;
  }
  return shard_rooms().join(*this, room);
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
  if (is_recovered_) {
    // What was missed goes first, as from Socket.IO's own server: the client has it when it is told that it is
    // connected.
    namespace_.context().recoveries.add();
    if (!shared_) join_again(*saved);
    replay(*saved);
  }
  if (const auto rooms = std::move(first_rooms_)) {
    for (const std::string& room : *rooms) join(room);
  }
  send(net::encode_socketio_connect(namespace_.name(), id_, private_id_), {});
  if (is_catching_up()) deliver_held();
  if (shared_) {
    const SocketioContext& context = namespace_.context();
    save_soon();
    link_->shard.wheel().arm(*shared_, is_recovered_ ? context.unnoticed() : context.state->refresh_interval());
  }
  namespace_.connected(*this);
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
      supersede(publication.owner);
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
  emit({}, event, std::move(arguments));
}

void ClientSocket::emit_unlogged(std::string_view event, SocketioArguments arguments) {
  SocketioDraft draft;
  draft.is_unlogged = true;
  emit(std::move(draft), event, std::move(arguments));
}

void ClientSocket::emit_volatile(std::string_view event, SocketioArguments arguments) {
  SocketioDraft draft;
  draft.target.is_volatile = true;
  emit(std::move(draft), event, std::move(arguments));
}

void ClientSocket::emit(SocketioDraft draft, std::string_view event, SocketioArguments arguments) {
  if (!is_connected_) return;
  draft.text = namespace_.encode_event(event, arguments, std::nullopt);
  draft.attachments = std::move(arguments.attachments);
  namespace_.emit(*this, std::move(draft));
}

void ClientSocket::emit_with_ack(std::string_view event, SocketioArguments arguments, milliseconds timeout,
                                 std::move_only_function<void(Result<SocketioArguments>)> done) {
  if (!is_connected_) return done(fail(Errc::cancelled, "socket has been disconnected"));
  const std::uint64_t id = namespace_.next_ack_id();
  SocketioDraft draft;
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

bool ClientSocket::has_asked(std::uint64_t id) const noexcept {
  return questions_ && questions_->contains(id);
}

void ClientSocket::on_event(net::SocketioPacket packet) {
  const auto self = shared_from_this();  // a handler may end it
  namespace_.dispatch(*this, packet, ack_of(packet));
}

void ClientSocket::on_excess(const net::SocketioPacket& packet) {
  const auto self = shared_from_this();
  namespace_.refuse_excess(*this, ack_of(packet));
}

SocketioAck ClientSocket::ack_of(const net::SocketioPacket& packet) {
  if (!packet.id) return {};
  return [self = std::static_pointer_cast<ClientSocket>(shared_from_this()),
          id = *packet.id](SocketioArguments arguments) mutable {
    net::Shard& shard = self->link_->shard;
    if (net::Shard::current() == &shard) return self->answer(id, std::move(arguments));
    shard.post([self = std::move(self), id, arguments = std::move(arguments)]() mutable {
      self->answer(id, std::move(arguments));
    });
  };
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

void ClientSocket::set_cookie(std::string field) {
  if (link_->connection) link_->session->set_cookie(std::move(field));
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
      state.save(namespace_.name(), state_now(), true);
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
