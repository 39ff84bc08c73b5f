#include "features/tracks/playback_http.h"

#include <utility>

#include <boost/json/value.hpp>

#include "base/json_parse.h"
#include "base/json_write.h"

namespace pulso::tracks {

using boost::asio::awaitable;

namespace {

constexpr std::size_t body_bytes_max = 16 * 1024;
constexpr std::size_t json_depth_max = 8;

/// A body may be left out where all of its fields may.
Outcome<boost::json::object> parse_body(std::string_view text) {
  if (text.empty()) return boost::json::object{};
  auto value = parse_json(text, json_depth_max);
  if (!value) return refuse(TracksErrc::bad_json);
  if (!value->is_object()) return refuse(TracksErrc::bad_message, "body");
  return std::move(value->get_object());
}

}  // namespace

void PlaybackHttp::add_routes(net::Router& router) {
  const auto add = [this, &router](std::string method, std::string pattern, Handler handler, std::size_t bytes_max) {
    net::Route route;
    route.method = std::move(method);
    route.pattern = std::move(pattern);
    route.handler = [this, handler](Request& request) { return (this->*handler)(request); };
    route.body_bytes_max = bytes_max;
    router.add(std::move(route));
  };
  add("POST", "/tracks/play/{track_id}", &PlaybackHttp::play, body_bytes_max);
  add("POST", "/tracks/pause/{track_id}", &PlaybackHttp::pause, body_bytes_max);
  add("POST", "/tracks/update-state/{track_id}", &PlaybackHttp::update, body_bytes_max);
  add("GET", "/tracks/current-state", &PlaybackHttp::get_state, 0);
}

net::HttpResponse PlaybackHttp::refusal(const Refusal& refusal) const {
  dependencies_.service.metrics().refused(refusal.code);
  Response response =
      Response::refusal(http_status(refusal.code), wire_code(refusal.code), message_text(refusal.code), refusal.field);
  if (refusal.code == TracksErrc::unavailable || refusal.code == TracksErrc::rate_limited) {
    response.headers.set("Retry-After", "1");
  }
  return response;
}

awaitable<Outcome<UserId>> PlaybackHttp::authenticate(Request& request) {
  const auto principal = co_await dependencies_.authenticator.authenticate(auth::credential_of(request));
  if (!principal) co_return refuse(principal.error());
  const UserId& user = (*principal)->user;
  if (user.empty()) co_return refuse(TracksErrc::forbidden);
  if (!dependencies_.users.take(user, dependencies_.clock.steady_now())) co_return refuse(TracksErrc::rate_limited);
  co_return user;
}

awaitable<Outcome<PlaybackHttp::Command>> PlaybackHttp::read(Request& request) {
  auto user = co_await authenticate(request);
  if (!user) co_return std::unexpected{std::move(user.error())};
  auto body = parse_body(request.body);
  if (!body) co_return std::unexpected{std::move(body.error())};
  (*body)["trackId"] = request.parameter("track_id");
  Command command{.caller = {.user = *std::move(user), .device = {}, .request_id = {}}, .track = {}, .body = *body};
  Fields fields{command.body};
  command.track = fields.track();
  command.caller.device = fields.optional_device();
  command.caller.request_id = fields.request_id();
  if (fields.refusal()) co_return std::unexpected{*fields.refusal()};
  co_return command;
}

net::HttpResponse PlaybackHttp::answer(const Caller& caller, const Outcome<Snapshot>& outcome) const {
  if (!outcome) return refusal(outcome.error());
  const Playback& state = outcome->state;
  const std::string url = state.has_track() ? dependencies_.catalogue.audio_url(state.track.id, caller.user) : "";
  boost::json::object body{{"success", true}};
  for (auto& [name, value] : encode_state(caller.user, caller.device, *outcome, url)) body.emplace(name, value);
  return Response::json(200, write_json(body));
}

awaitable<net::HttpResponse> PlaybackHttp::play(Request& request) {
  auto command = co_await read(request);
  if (!command) co_return refusal(command.error());
  Fields fields{command->body};
  const auto position = fields.optional_position();
  if (fields.refusal()) co_return refusal(*fields.refusal());
  co_return answer(command->caller, co_await dependencies_.service.play(command->caller, command->track, position));
}

awaitable<net::HttpResponse> PlaybackHttp::pause(Request& request) {
  auto command = co_await read(request);
  if (!command) co_return refusal(command.error());
  Fields fields{command->body};
  const auto position = fields.optional_position();
  if (fields.refusal()) co_return refusal(*fields.refusal());
  co_return answer(command->caller, co_await dependencies_.service.pause(command->caller, command->track, position));
}

awaitable<net::HttpResponse> PlaybackHttp::update(Request& request) {
  auto command = co_await read(request);
  if (!command) co_return refusal(command.error());
  Fields fields{command->body};
  const milliseconds position = fields.position();
  const bool is_playing = fields.flag("isPlaying");
  if (fields.refusal()) co_return refusal(*fields.refusal());
  co_return answer(command->caller,
                   co_await dependencies_.service.update(command->caller, command->track, position, is_playing));
}

awaitable<net::HttpResponse> PlaybackHttp::get_state(Request& request) {
  auto user = co_await authenticate(request);
  if (!user) co_return refusal(user.error());
  const Caller caller{.user = *user, .device = {}, .request_id = {}};
  co_return answer(caller, co_await dependencies_.service.current(*std::move(user)));
}

}  // namespace pulso::tracks
