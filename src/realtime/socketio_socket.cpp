#include "realtime/socketio_socket.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/random.h"
#include "net/websocket_encoder.h"
#include "realtime/socketio_connection.h"
#include "realtime/socketio_namespace.h"

namespace pulso::realtime {
namespace {

constexpr std::size_t id_bytes = 15;  // 20 characters

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

ClientSocket::ClientSocket(LocalNamespace& name_space, std::shared_ptr<SocketioLink> link, boost::json::object auth,
                           std::optional<SavedSession> saved)
    : namespace_(name_space), link_(std::move(link)), auth_(std::move(auth)), is_recovered_(saved.has_value()) {
  if (saved) {
    id_ = saved->id;
    saved_ = std::make_unique<SavedSession>(*std::move(saved));
  } else {
    take_new_ids();
  }
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
  shard_rooms().join(*this, room);
}

void ClientSocket::leave(std::string_view room) {
  if (is_connected_) shard_rooms().leave(*this, room);
}

std::vector<std::string> ClientSocket::rooms() const {
  return is_connected_ ? shard_rooms().rooms_of(*this) : std::vector<std::string>{};
}

void ClientSocket::open() {
  const std::unique_ptr<SavedSession> saved = std::move(saved_);
  if (saved && saved->user != user_) {  // somebody else's secret
    is_recovered_ = false;
    take_new_ids();
  } else if (saved) {
    private_id_ = saved->private_id;
    delivered_ = saved->offset;
  }
  is_connected_ = true;
  opened_at_ = namespace_.context().clock.steady_now();
  shard_rooms().add(*this, id_);
  send(net::encode_socketio_connect(namespace_.name(), id_, private_id_), {});
  if (is_recovered_) replay(saved->rooms);
  namespace_.connected(*this);
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
  if (!is_connected_ || !link_->session) return;
  const bool is_new =
      !batch.last || !batch.publications.front()->position || batch.publications.front()->position > delivered_;
  if (!batch.frames.empty() && is_new) {
    link_->session->send(batch.frames, batch.deflated);
    delivered_ = std::max(delivered_, batch.last);
    return;
  }
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
  shard_rooms().answer(
      *this, std::make_shared<const SocketioPublication>(std::move(draft), LogPosition{}, nullptr, std::size_t{0}));
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
    if (saved_ && is_recoverable) namespace_.save(*std::exchange(saved_, nullptr));
    return;
  }
  const auto self = shared_from_this();
  if (is_recoverable && !private_id_.empty()) {
    std::vector<std::string> others = rooms();
    std::erase(others, id_);
    const net::EngineioOptions& engineio = namespace_.context().options.engineio;
    const auto lived = namespace_.context().clock.steady_now() - opened_at_;
    namespace_.save({.id = id_,
                     .private_id = private_id_,
                     .user = user_,
                     .rooms = std::move(others),
                     .offset = {},
                     .is_settled = !is_recovered_ || lived >= engineio.ping_interval + engineio.ping_timeout});
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
