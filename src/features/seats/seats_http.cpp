#include "features/seats/seats_http.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "base/json_write.h"
#include "base/random.h"
#include "features/seats/seats_bodies.h"
#include "features/seats/seats_messages.h"

namespace pulso::seats {

using boost::asio::awaitable;

namespace {

constexpr std::size_t definition_bytes_max = 4 * 1024 * 1024;
constexpr std::size_t command_bytes_max = 64 * 1024;
constexpr std::string_view session_header = "X-Pulso-Session";
constexpr std::string_view write_scope = "seats:write";
constexpr std::string_view read_scope = "seats:read";
constexpr milliseconds wait_max{60'000};

std::string_view session_of(const net::HttpRequest& request) {
  const std::string_view header = request.headers.get(session_header);
  return header.empty() ? request.query_value("session").value_or("") : header;
}

template <class Number>
std::optional<Number> number_of(const net::HttpRequest& request, std::string_view name) {
  const std::string_view text = request.query_value(name).value_or("");
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Strong: what one viewer gets of one offset is always the same bytes.
std::string entity_tag(const RoomSnapshot& snapshot, const Client& client) {
  const bool has_own =
      std::ranges::any_of(snapshot.holds, [&](const Hold& hold) { return hold.owner == client.owner; });
  return has_own ? fmt::format(R"("{}-{:x}")", snapshot.offset, std::hash<OwnerId>{}(client.owner))
                 : fmt::format(R"("{}")", snapshot.offset);
}

bool matches(std::string_view if_none_match, std::string_view tag) {
  return if_none_match == "*" || if_none_match.find(tag) != std::string_view::npos;
}

}  // namespace

SeatsHttp::SeatsHttp(SocketContext& context, LongPolls& polls, auth::AuditLog* audit,
                     std::shared_ptr<const net::WebSocketOptions> websocket)
    : context_(context), polls_(polls), audit_(audit), websocket_(std::move(websocket)) {}

void SeatsHttp::add(net::Router& router, std::string method, std::string pattern, Handler handler,
                    std::size_t body_bytes_max) {
  net::Route route;
  route.method = std::move(method);
  route.pattern = std::move(pattern);
  route.handler = [this, handler](net::HttpRequest& request) { return (this->*handler)(request); };
  route.body_bytes_max = body_bytes_max;
  router.add(std::move(route));
}

void SeatsHttp::add_routes(net::Router& router) {
  net::WebSocketRoute socket;
  socket.pattern = "/ws/{client_id}";
  socket.handler = [this](net::HttpRequest& request) { return open_socket(request); };
  socket.options = websocket_;
  router.add(std::move(socket));
  add(router, "GET", "/rooms", &SeatsHttp::get_rooms, 0);
  add(router, "GET", "/room/{room_id}", &SeatsHttp::get_room, 0);
  add(router, "PUT", "/room/{room_id}", &SeatsHttp::put_room, definition_bytes_max);
  add(router, "GET", "/room/{room_id}/selections", &SeatsHttp::get_selections, 0);
  add(router, "POST", "/room/{room_id}/seats/{seat_id}", &SeatsHttp::select_seat, command_bytes_max);
  add(router, "DELETE", "/room/{room_id}/seats/{seat_id}", &SeatsHttp::release_seat, command_bytes_max);
  add(router, "POST", "/room/{room_id}/seats/{seat_id}/renew", &SeatsHttp::renew_seat, command_bytes_max);
  add(router, "POST", "/room/{room_id}/confirm", &SeatsHttp::confirm, command_bytes_max);
  add(router, "DELETE", "/room/{room_id}/sold/{seat_id}", &SeatsHttp::unsell, command_bytes_max);
}

net::HttpResponse SeatsHttp::refusal(const Refusal& refusal, const Request& request) {
  context_.service.metrics().refused(refusal.code);
  boost::json::object body{
      {"success", false}, {"code", wire_code(refusal.code)}, {"message", message_text(refusal.code)}};
  if (!refusal.field.empty()) body["field"] = refusal.field;
  if (const auto room = request.parameter("room_id"); is_identifier(room)) body["room_id"] = room;
  const std::string_view seat = refusal.seat.empty() ? request.parameter("seat_id") : std::string_view{refusal.seat};
  if (is_identifier(seat)) body["seat_id"] = seat;
  if (refusal.expires_at) body["expires_at"] = format_time(*refusal.expires_at);
  Response response = Response::json(http_status(refusal.code), write_json(body));
  if (refusal.code == SeatsErrc::unavailable || refusal.code == SeatsErrc::rate_limited) {
    response.headers.set("Retry-After", "1");
  }
  return response;
}

awaitable<SeatsHttp::Step<auth::PrincipalRef>> SeatsHttp::authenticate(Request& request) {
  auth::Credential credential = auth::credential_of(request);
  if (credential.empty()) {
    if (context_.service.options().anonymous) co_return anonymous_principal();
    co_return std::unexpected{refusal({SeatsErrc::unauthorized, {}, {}, {}}, request)};
  }
  Result<auth::PrincipalRef> principal = co_await context_.authenticator.authenticate(std::move(credential));
  if (!principal) co_return std::unexpected{refusal(refuse(principal.error()).error(), request)};
  co_return std::move(*principal);
}

awaitable<SeatsHttp::Step<auth::PrincipalRef>> SeatsHttp::authorize(Request& request, std::string_view scope) {
  Step<auth::PrincipalRef> principal = co_await authenticate(request);
  if (!principal || (*principal)->has_scope(scope)) co_return principal;
  const auto code = (*principal)->is_anonymous() ? SeatsErrc::unauthorized : SeatsErrc::forbidden;
  co_return std::unexpected{refusal({code, {}, {}, {}}, request)};
}

awaitable<SeatsHttp::Step<SeatsHttp::Visit>> SeatsHttp::visit(Request& request, std::string client_id) {
  if (!is_identifier(request.parameter("room_id"))) {
    co_return std::unexpected{refusal({SeatsErrc::bad_message, "room_id", {}, {}}, request)};
  }
  Step<auth::PrincipalRef> principal = co_await authenticate(request);
  if (!principal) co_return std::unexpected{std::move(principal.error())};
  Outcome<RoomRef> room = co_await context_.service.prepare(RoomId{std::string{request.parameter("room_id")}});
  if (!room) co_return std::unexpected{refusal(room.error(), request)};
  auto client =
      std::make_shared<const Client>(make_client(std::move(client_id), std::move(*principal), session_of(request)));
  co_return Visit{std::move(*room), std::move(client)};
}

awaitable<std::expected<std::unique_ptr<net::WebSocketListener>, net::HttpResponse>> SeatsHttp::open_socket(
    Request& request) {
  std::string client_id{request.parameter("client_id")};
  if (!is_identifier(client_id)) {
    co_return std::unexpected{refusal({SeatsErrc::bad_message, "client_id", {}, {}}, request)};
  }
  ClientRef client;
  const std::string_view shown = session_of(request);
  // Without any credential it may still come as the first message.
  if (context_.service.options().anonymous || !auth::credential_of(request).empty()) {
    Step<auth::PrincipalRef> principal = co_await authenticate(request);
    if (!principal) co_return std::unexpected{std::move(principal.error())};
    client = std::make_shared<const Client>(make_client(client_id, std::move(*principal), shown));
  }
  co_return std::make_unique<SeatsSocket>(context_, std::move(client_id), std::move(client), !shown.empty());
}

awaitable<net::HttpResponse> SeatsHttp::get_selections(Request& request) {
  const std::string_view client_id = request.query_value("client_id").value_or("");
  if (!client_id.empty() && !is_identifier(client_id)) {
    co_return refusal({SeatsErrc::bad_message, "client_id", {}, {}}, request);
  }
  Step<Visit> visit = co_await this->visit(request, std::string{client_id});
  if (!visit) co_return std::move(visit.error());

  RoomSnapshotRef snapshot;
  const auto wait_seconds = number_of<std::uint32_t>(request, "wait");
  const auto version = number_of<std::uint64_t>(request, "version");
  if (wait_seconds && *wait_seconds > 0) {
    const milliseconds wait = std::min(wait_max, milliseconds{std::int64_t{*wait_seconds} * 1000});
    auto waited = co_await wait_for_change(request, *visit, wait, version.value_or(0));
    if (!waited) co_return std::move(waited.error());
    snapshot = std::move(*waited);
  } else {
    auto now = co_await context_.service.snapshot(visit->room, visit->client);
    if (!now) co_return refusal(now.error(), request);
    snapshot = std::move(*now);
  }
  const std::string tag = entity_tag(*snapshot, *visit->client);
  const bool is_known = matches(request.headers.get("If-None-Match"), tag);
  Response response =
      is_known ? Response{}
               : Response::json(200, encode_selections_page(visit->room->id(), *snapshot, &visit->client->owner));
  if (is_known) response.status = 304;
  response.headers.set("ETag", tag);
  response.headers.set("Cache-Control", "private, no-cache");
  const bool has_own_session = !visit->client->session.empty() && wait_seconds;
  if (has_own_session) response.headers.set(std::string{session_header}, visit->client->session);
  co_return response;
}

awaitable<SeatsHttp::Step<RoomSnapshotRef>> SeatsHttp::wait_for_change(Request& request, const Visit& visit,
                                                                       milliseconds wait, std::uint64_t version) {
  // A poll is a member like any other: it is present, and it hears of changes by the hub.
  const std::uint64_t connection = 1 + random_below((std::uint64_t{1} << 53) - 1);
  auto waiter = std::make_shared<PollWaiter>(*request.shard);
  context_.service.feed().add_member(visit.room);
  context_.hub.subscribe(*request.shard, visit.room->topic(), *waiter, waiter->subscription);
  const auto joined = co_await context_.service.join(visit.room, visit.client, connection, std::nullopt);
  Outcome<RoomSnapshotRef> snapshot =
      joined ? Outcome<RoomSnapshotRef>{joined->snapshot} : Outcome<RoomSnapshotRef>{std::unexpected{joined.error()}};
  if (joined && joined->offset == version && polls_.add(waiter)) {
    context_.service.metrics().long_polls.add(1);
    co_await waiter->wait(wait);
    context_.service.metrics().long_polls.add(-1);
    polls_.remove(waiter);
    snapshot = co_await context_.service.snapshot(visit.room, visit.client);
  }
  waiter->subscription.reset();
  context_.service.feed().remove_member(visit.room);
  if (joined) static_cast<void>(co_await context_.service.leave(visit.room, visit.client->owner, connection));
  if (!snapshot) co_return std::unexpected{refusal(snapshot.error(), request)};
  co_return std::move(*snapshot);
}

net::HttpResponse SeatsHttp::changed(const Visit& visit, const SeatChange& change) const {
  std::string body = R"({"success":true,)";
  if (!visit.client->session.empty()) body += fmt::format(R"("session":"{}",)", visit.client->session);
  body += encode_change(visit.room->id(), change, View::owner).substr(1);
  Response response = Response::json(200, std::move(body));
  if (!visit.client->session.empty()) response.headers.set(std::string{session_header}, visit.client->session);
  return response;
}

awaitable<net::HttpResponse> SeatsHttp::select_seat(Request& request) {
  Outcome<SeatBody> body = parse_seat_body(request.body, request.parameter("seat_id"));
  if (!body) co_return refusal(body.error(), request);
  if (body->client_id.empty()) co_return refusal({SeatsErrc::bad_message, "client_id", {}, {}}, request);
  Step<Visit> visit = co_await this->visit(request, body->client_id);
  if (!visit) co_return std::move(visit.error());
  const auto answer =
      co_await context_.service.select(visit->room, visit->client, {}, body->seat, std::move(body->user_info));
  if (!answer) co_return refusal(answer.error(), request);
  SeatChange change = change_of(EventKind::selected, answer->hold);
  change.offset = answer->offset;
  co_return changed(*visit, change);
}

awaitable<net::HttpResponse> SeatsHttp::release_seat(Request& request) {
  Outcome<SeatBody> body = parse_seat_body(request.body, request.parameter("seat_id"));
  if (!body) co_return refusal(body.error(), request);
  Step<Visit> visit = co_await this->visit(request, body->client_id);
  if (!visit) co_return std::move(visit.error());
  const auto offset = co_await context_.service.release(visit->room, visit->client, {}, body->seat);
  if (!offset) co_return refusal(offset.error(), request);
  SeatChange change;
  change.kind = EventKind::released;
  change.offset = *offset;
  change.seats = {body->seat};
  change.client_id = body->client_id;
  change.at = context_.service.clock().now();
  co_return changed(*visit, change);
}

awaitable<net::HttpResponse> SeatsHttp::renew_seat(Request& request) {
  Outcome<SeatBody> body = parse_seat_body(request.body, request.parameter("seat_id"));
  if (!body) co_return refusal(body.error(), request);
  Step<Visit> visit = co_await this->visit(request, body->client_id);
  if (!visit) co_return std::move(visit.error());
  const auto answer = co_await context_.service.renew(visit->room, visit->client, {}, body->seat);
  if (!answer) co_return refusal(answer.error(), request);
  SeatChange change = change_of(EventKind::renewed, answer->hold);
  change.offset = answer->offset;
  co_return changed(*visit, change);
}

awaitable<net::HttpResponse> SeatsHttp::get_room(Request& request) {
  Step<Visit> visit = co_await this->visit(request, {});
  if (!visit) co_return std::move(visit.error());
  const RoomDefinitionRef definition = visit->room->definition();
  if (definition && !definition->admits(*visit->client->principal)) {
    co_return refusal({SeatsErrc::forbidden, {}, {}, {}}, request);
  }
  co_return Response::json(200, encode_room(visit->room->id(), definition.get()));
}

awaitable<net::HttpResponse> SeatsHttp::get_rooms(Request& request) {
  Step<auth::PrincipalRef> principal = co_await authenticate(request);
  if (!principal) co_return std::move(principal.error());
  const bool is_shop = (*principal)->has_scope(read_scope) || (*principal)->has_scope(write_scope);
  if (!is_shop && !context_.service.options().public_listing) {
    const auto code = (*principal)->is_anonymous() ? SeatsErrc::unauthorized : SeatsErrc::forbidden;
    co_return refusal({code, {}, {}, {}}, request);
  }
  const auto listed = co_await context_.service.rooms();
  if (!listed) co_return refusal(listed.error(), request);
  std::string body = R"({"rooms":[)";
  bool is_first = true;
  for (const SeatsStore::ListedRoom& room : *listed) {
    const auto definition = parse_room_definition(room.definition);
    if (!definition || (!is_shop && !(*definition)->admits(**principal))) continue;
    if (!std::exchange(is_first, false)) body += ',';
    body += encode_room_summary(room.room, **definition);
  }
  body += "]}";
  co_return Response::json(200, std::move(body));
}

awaitable<net::HttpResponse> SeatsHttp::put_room(Request& request) {
  Step<auth::PrincipalRef> principal = co_await authorize(request, write_scope);
  if (!principal) co_return std::move(principal.error());
  if (!is_identifier(request.parameter("room_id"))) {
    co_return refusal({SeatsErrc::bad_message, "room_id", {}, {}}, request);
  }
  const RoomId room{std::string{request.parameter("room_id")}};
  const auto is_new = co_await context_.service.put_room(room, request.body);
  if (!is_new) co_return refusal(is_new.error(), request);
  if (audit_) audit_->record(**principal, "seats.put_room", room.value());
  co_return Response::json(*is_new ? 201 : 200, fmt::format(R"({{"success":true,"room_id":"{}"}})", room.value()));
}

awaitable<net::HttpResponse> SeatsHttp::confirm(Request& request) {
  Step<auth::PrincipalRef> principal = co_await authorize(request, write_scope);
  if (!principal) co_return std::move(principal.error());
  if (!is_identifier(request.parameter("room_id"))) {
    co_return refusal({SeatsErrc::bad_message, "room_id", {}, {}}, request);
  }
  Outcome<ConfirmSeats> command = parse_confirm_body(request.body);
  if (!command) co_return refusal(command.error(), request);
  const RoomId room{std::string{request.parameter("room_id")}};
  const std::string reference = command->reference;
  const std::vector<SeatId> seats = command->seats;
  const auto sold = co_await context_.service.confirm(room, std::move(*command));
  if (!sold) co_return refusal(sold.error(), request);
  if (audit_) audit_->record(**principal, "seats.confirm", room.value(), reference);
  co_return Response::json(200, encode_confirmation(room, reference, seats));
}

awaitable<net::HttpResponse> SeatsHttp::unsell(Request& request) {
  Step<auth::PrincipalRef> principal = co_await authorize(request, write_scope);
  if (!principal) co_return std::move(principal.error());
  for (const std::string_view name : {"room_id", "seat_id"}) {
    if (!is_identifier(request.parameter(name))) {
      co_return refusal({SeatsErrc::bad_message, std::string{name}, {}, {}}, request);
    }
  }
  const RoomId room{std::string{request.parameter("room_id")}};
  const SeatId seat{std::string{request.parameter("seat_id")}};
  const auto freed = co_await context_.service.unsell(room, seat);
  if (!freed) co_return refusal(freed.error(), request);
  if (audit_) audit_->record(**principal, "seats.unsell", room.value() + "/" + seat.value());
  co_return Response::json(
      200, fmt::format(R"({{"success":true,"room_id":"{}","seat_id":"{}"}})", room.value(), seat.value()));
}

}  // namespace pulso::seats
