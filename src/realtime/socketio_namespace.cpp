#include "realtime/socketio_namespace.h"

#include <algorithm>
#include <utility>

#include "realtime/socketio_fan_out.h"
#include "realtime/socketio_socket.h"

namespace pulso::realtime {

LocalNamespace::LocalNamespace(SocketioContext& context, std::string name) : context_(context), name_(std::move(name)) {
  const SocketioRooms::Observer observer{[this](const std::string& room) { room_opened(room); },
                                         [this](const std::string& room) { room_closed(room); }};
  for (net::Shard* shard : context.shards) {
    parts_.push_back(std::make_unique<SocketioRooms>(*shard, observer, context.counters));
  }
  // Other instances publish too: one order over all of them would need a log that they share.
  if (!context.options.recovery_window || context.fan_out) return;
  log_ = std::make_unique<SocketioLog>(
      *context.options.recovery_window + context.options.engineio.ping_interval + context.options.engineio.ping_timeout,
      context.options.recovery_messages_max);
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
  draft.ack_id = next_ack_id();
  draft.ack_timeout = timeout;
  draft.text = encode_event(event, arguments, draft.ack_id);
  draft.attachments = std::move(arguments.attachments);
  auto answers = std::make_shared<SocketioAnswers>(draft.ack_id, timeout, std::move(done));
  submit(std::move(draft), std::move(answers));
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
  draft.is_own = true;
  draft.target.rooms = {socket.id()};
  post(std::move(draft), nullptr, &socket);
}

void LocalNamespace::submit(SocketioDraft draft, std::shared_ptr<SocketioAnswers> answers) {
  // Acknowledgements are gathered on the instance that asks.
  if (context_.fan_out && !answers) return context_.fan_out->publish(name_, draft);
  post(std::move(draft), std::move(answers), nullptr);
}

void LocalNamespace::deliver(SocketioDraft draft) {
  post(std::move(draft), nullptr, nullptr);
}

void LocalNamespace::post(SocketioDraft draft, std::shared_ptr<SocketioAnswers> answers, ClientSocket* only) {
  if (answers) answers->expect(parts_.size() + 1);
  {
    const std::lock_guard lock{order_mutex_};
    LogPosition position;
    if (log_ && draft.is_recoverable()) {
      position = log_->next_position();
      net::append_socketio_offset(draft.text, SocketioLog::text_of(position));
    }
    const auto publication = std::make_shared<const SocketioPublication>(std::move(draft), position, answers,
                                                                         context_.options.engineio.deflate_threshold);
    if (position) log_->append(publication, context_.clock.steady_now());
    if (only) {
      rooms(only->shard()).send(*only, publication);
    } else {
      for (const auto& part : parts_) part->post(publication);
    }
  }
  if (answers) answers->part_done();
}

void LocalNamespace::connected(SocketioSocket& socket) {
  {
    // Another shard's last socket may go at the same time: its `close` must not come behind this `open`.
    const std::lock_guard lock{members_mutex_};
    if (++socket_count_ == 1 && context_.fan_out) context_.fan_out->open(name_);
  }
  for (const auto& handler : connection_handlers_) {
    if (!socket.is_connected()) return;
    handler(socket);
  }
}

void LocalNamespace::disconnected(SocketioSocket& socket, std::string_view reason) {
  {
    const std::lock_guard lock{members_mutex_};
    if (--socket_count_ == 0 && context_.fan_out) context_.fan_out->close(name_);
  }
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

std::optional<SavedSession> LocalNamespace::take(std::string_view private_id, std::string_view offset) {
  const auto position = SocketioLog::parse(offset);
  if (!sessions_ || !position) return std::nullopt;
  auto session = sessions_->take(private_id, context_.clock.steady_now());
  if (!session) return std::nullopt;
  session->offset = *position;
  const std::lock_guard lock{order_mutex_};
  if (!log_->reaches(*position, session->is_settled)) return std::nullopt;
  context_.recoveries.add();
  return session;
}

std::pair<std::vector<SocketioPublicationRef>, LogPosition> LocalNamespace::missed_since(LogPosition offset) {
  const std::lock_guard lock{order_mutex_};
  return {log_->after(offset), log_->last_position()};
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
