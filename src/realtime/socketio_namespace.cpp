#include "realtime/socketio_namespace.h"

#include <algorithm>
#include <utility>

#include "realtime/socketio_fan_out.h"
#include "realtime/socketio_shared_state.h"
#include "realtime/socketio_socket.h"

namespace pulso::realtime {

LocalNamespace::LocalNamespace(SocketioContext& context, std::string name) : context_(context), name_(std::move(name)) {
  const SocketioRooms::Observer observer{[this](const std::string& room) { room_opened(room); },
                                         [this](const std::string& room) { room_closed(room); }};
  for (net::Shard* shard : context.shards) {
    parts_.push_back(std::make_unique<SocketioRooms>(*shard, observer, context.counters));
  }
  // Where instances share state the log is theirs, too.
  if (!context.options.recovery_window || context.fan_out) return;
  log_ = std::make_unique<SocketioLog>(*context.options.recovery_window + context.unnoticed(),
                                       context.options.recovery_messages_max, context.options.recovery_bytes_max);
  sessions_ = std::make_unique<SocketioSessions>(*context.options.recovery_window);
}

LocalNamespace::~LocalNamespace() = default;

void LocalNamespace::on(std::string event, Handler handler) {
  handlers_[std::move(event)].push_back(std::move(handler));
}

std::string LocalNamespace::encode_event(std::string_view event, const SocketioArguments& arguments,
                                         std::optional<std::uint64_t> ack_id) const {
  return net::encode_socketio_event(
      {.name_space = name_, .id = ack_id, .attachment_count = arguments.attachments.size()}, event, arguments.values);
}

void LocalNamespace::publish(SocketioTarget target, std::string_view event, SocketioArguments arguments) {
  SocketioDraft draft;
  draft.target = std::move(target);
  draft.text = encode_event(event, arguments, std::nullopt);
  draft.attachments = std::move(arguments.attachments);
  submit(std::move(draft));
}

void LocalNamespace::publish_with_ack(SocketioTarget target, std::string_view event, SocketioArguments arguments,
                                      milliseconds timeout,
                                      std::move_only_function<void(std::vector<SocketioArguments>, bool)> done) {
  SocketioDraft draft;
  draft.target = std::move(target);
  draft.ack_timeout = timeout;
  draft.text = encode_event(event, arguments, std::nullopt);
  draft.attachments = std::move(arguments.attachments);
  if (context_.fan_out) return context_.fan_out->ask(name_, std::move(draft), std::move(done));
  deliver(std::move(draft), {}, std::move(done));
}

void LocalNamespace::disconnect(SocketioTarget target, bool closes_transport) {
  SocketioDraft draft;
  draft.kind = PublicationKind::disconnect;
  draft.target = std::move(target);
  draft.closes_transport = closes_transport;
  submit(std::move(draft));
}

void LocalNamespace::join(SocketioTarget target, std::vector<std::string> rooms) {
  SocketioDraft draft;
  draft.kind = PublicationKind::join;
  draft.target = std::move(target);
  draft.rooms = std::move(rooms);
  submit(std::move(draft));
}

void LocalNamespace::leave(SocketioTarget target, std::vector<std::string> rooms) {
  SocketioDraft draft;
  draft.kind = PublicationKind::leave;
  draft.target = std::move(target);
  draft.rooms = std::move(rooms);
  submit(std::move(draft));
}

void LocalNamespace::emit(ClientSocket& socket, SocketioDraft draft) {
  draft.target.rooms = {socket.id()};
  draft.target.names_sockets = true;
  if (!shares_state() || !draft.is_recoverable()) return post(std::move(draft), nullptr, &socket);
  // It needs no place in the order of all, only one behind what this socket gets before it: so it leaves at once, and
  // the log of what this client alone was sent is written meanwhile.
  SocketioOwnEvent event;
  {
    const std::lock_guard lock{order_mutex_};
    event = {.number = socket.next_own_number(),
             .behind = std::max(last_position_, socket.caught_up_to()),
             .draft = std::move(draft)};
    rooms(socket.shard()).send(socket, publication_of(event));
  }
  context_.state->append_own(name_, socket.private_id(), event);
}

boost::asio::awaitable<void> LocalNamespace::listen(net::Shard& shard) {
  if (!context_.fan_out) co_return;
  if (!is_listening_.exchange(true)) context_.fan_out->open(name_);
  (void)co_await context_.fan_out->until_heard(name_, {}, shard);
}

void LocalNamespace::submit(SocketioDraft draft) {
  if (context_.fan_out) return context_.fan_out->publish(name_, std::move(draft));
  post(std::move(draft), nullptr, nullptr);
}

void LocalNamespace::deliver(SocketioDraft draft, LogPosition position, SocketioAnswers::Done gathered) {
  std::shared_ptr<SocketioAnswers> answers;
  if (gathered) {
    answers = std::make_shared<SocketioAnswers>(next_ack_id(), draft.ack_timeout, std::move(gathered));
    net::insert_socketio_id(draft.text, answers->id());
  }
  post(std::move(draft), std::move(answers), nullptr, position);
}

SocketioPublicationRef LocalNamespace::publication_of(SocketioDraft draft, LogPosition position,
                                                      std::shared_ptr<SocketioAnswers> answers) const {
  if (position) net::append_socketio_offset(draft.text, SocketioLog::text_of(position));
  return std::make_shared<const SocketioPublication>(std::move(draft), position, std::move(answers),
                                                     context_.options.engineio.deflate_threshold);
}

SocketioPublicationRef LocalNamespace::publication_of(const SocketioOwnEvent& event) const {
  SocketioDraft draft = event.draft;
  net::append_socketio_offset(draft.text, SocketioOffset{event.behind, event.number}.text());
  return publication_of(std::move(draft), {}, nullptr);
}

void LocalNamespace::post(SocketioDraft draft, std::shared_ptr<SocketioAnswers> answers, ClientSocket* only,
                          LogPosition shared_position) {
  if (answers) answers->expect(parts_.size() + 1);
  {
    const std::lock_guard lock{order_mutex_};
    last_position_ = std::max(last_position_, shared_position);
    const LogPosition position = log_ && draft.is_recoverable() ? log_->next_position() : shared_position;
    const SocketioPublicationRef publication = publication_of(std::move(draft), position, answers);
    if (log_ && position) log_->append(publication, context_.clock.steady_now());
    if (only) {
      rooms(only->shard()).send(*only, publication);
    } else {
      for (const auto& part : parts_) part->post(publication);
    }
  }
  if (answers) answers->part_done();
}

void LocalNamespace::connected(SocketioSocket& socket) {
  ++socket_count_;
  for (const auto& handler : connection_handlers_) {
    if (!socket.is_connected()) return;
    handler(socket);
  }
}

void LocalNamespace::disconnected(SocketioSocket& socket, std::string_view reason) {
  --socket_count_;
  for (const auto& handler : disconnect_handlers_) handler(socket, reason);
}

void LocalNamespace::dispatch(SocketioSocket& socket, net::SocketioPacket& packet, SocketioAck ack) {
  SocketioArguments arguments{std::move(packet.arguments), std::move(packet.attachments)};
  const auto found = handlers_.find(packet.event);
  if (found == handlers_.end()) {
    if (other_handler_) other_handler_(socket, packet.event, std::move(arguments), std::move(ack));
    return;
  }
  for (std::size_t i = 0; i + 1 < found->second.size(); ++i) found->second[i](socket, arguments, {});
  found->second.back()(socket, std::move(arguments), std::move(ack));
}

void LocalNamespace::save(SavedSession session) {
  sessions_->save(std::move(session), context_.clock.steady_now());
}

boost::asio::awaitable<std::optional<SavedSession>> LocalNamespace::take(std::string private_id, std::string offset,
                                                                         std::optional<std::string> user) {
  if (!recovers()) co_return std::nullopt;
  if (shares_state()) {
    const auto known = SocketioOffset::parse(offset);
    if (!known || private_id.size() != socket_id_size) co_return std::nullopt;
    auto session = co_await context_.state->claim(name_, std::move(private_id), *known, std::move(user));
    if (session) {
      context_.fan_out->publish(name_, {.kind = PublicationKind::supersede,
                                        .target = {.rooms = {session->id}, .except = {}, .names_sockets = true},
                                        .rooms = {},
                                        .attachments = {},
                                        .owner = session->owner});
    }
    co_return session;
  }
  const auto position = SocketioLog::parse(offset);
  if (!position) co_return std::nullopt;
  auto session = sessions_->take(private_id, context_.clock.steady_now());
  if (!session) co_return std::nullopt;
  session->offset = *position;
  const std::lock_guard lock{order_mutex_};
  if (!log_->reaches(*position, session->is_settled)) co_return std::nullopt;
  co_return session;
}

boost::asio::awaitable<std::optional<MissedPublications>> LocalNamespace::missed_since(LogPosition offset,
                                                                                       std::vector<std::string> rooms,
                                                                                       net::Shard& shard) {
  if (!co_await context_.fan_out->until_heard(name_, rooms, shard)) co_return std::nullopt;
  MissedPublications missed{.publications = {}, .last = offset};
  const auto done = co_await context_.state->read_log(name_, offset, [&](const SocketioSharedState::Entry& entry) {
    missed.last = entry.position;
    auto envelope = decode_envelope(entry.payload);
    if (!envelope || !envelope->draft.target.includes(rooms)) return;
    missed.publications.push_back(publication_of(std::move(envelope->draft), entry.position, nullptr));
  });
  if (!done) co_return std::nullopt;
  co_return missed;
}

MissedPublications LocalNamespace::missed_since(LogPosition offset, std::span<const std::string> rooms) {
  const std::lock_guard lock{order_mutex_};
  MissedPublications missed{.publications = log_->after(offset), .last = log_->last_position()};
  std::erase_if(missed.publications,
                [rooms](const SocketioPublicationRef& publication) { return !publication->target.includes(rooms); });
  return missed;
}

void LocalNamespace::room_opened(const std::string& room) {
  const std::lock_guard lock{members_mutex_};
  if (++members_[room] == 1 && context_.fan_out) context_.fan_out->open(name_, room);
}

void LocalNamespace::room_closed(const std::string& room) {
  const std::lock_guard lock{members_mutex_};
  const auto found = members_.find(room);
  if (--found->second > 0) return;
  members_.erase(found);
  if (context_.fan_out) context_.fan_out->close(name_, room);
}

std::size_t LocalNamespace::member_count(std::string_view room) const {
  const std::lock_guard lock{members_mutex_};
  const auto found = members_.find(std::string{room});
  return found == members_.end() ? 0 : found->second;
}

}  // namespace pulso::realtime
