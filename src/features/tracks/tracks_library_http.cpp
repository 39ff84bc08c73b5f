#include "features/tracks/tracks_library_http.h"

#include <charconv>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/json_write.h"
#include "features/tracks/track_json.h"
#include "features/tracks/upload_form.h"

namespace pulso::tracks {

using boost::asio::awaitable;
using net::HttpResponse;

namespace {

constexpr std::size_t search_bytes_max = 200;
constexpr std::uint32_t page_max = 1'000'000;
constexpr std::uint32_t limit_max = 100;
constexpr std::uint32_t limit_default = 50;

/// A number of the query from 1 to `max`, or what stands for it when it is not there.
Outcome<std::uint32_t> number_of(const net::HttpRequest& request, const std::string& name, std::uint32_t missing,
                                 std::uint32_t max) {
  const auto text = request.query_value(name);
  if (!text) return missing;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size() || number < 1 || number > max) {
    return refuse(TracksErrc::bad_message, name);
  }
  return number;
}

Outcome<TrackSearch> search_of(const net::HttpRequest& request) {
  TrackSearch search;
  const auto text = request.query_value("search");
  search.search = (text ? text : request.query_value("q")).value_or("");
  if (search.search.size() > search_bytes_max) return refuse(TracksErrc::bad_message, "search");
  const auto page = number_of(request, "page", 1, page_max);
  if (!page) return std::unexpected{page.error()};
  const auto limit = number_of(request, "limit", limit_default, limit_max);
  if (!limit) return std::unexpected{limit.error()};
  search.page = *page;
  search.limit = *limit;
  return search;
}

/// Whether a program or an operator, rather than one user, stands behind it: theirs is what is shared.
bool may_share(const auth::Principal& principal) noexcept {
  return principal.kind == auth::PrincipalKind::api_key || principal.has_role(auth::admin_role);
}

bool may_delete(const auth::Principal& principal, const Track& track) {
  if (principal.has_role(auth::admin_role)) return true;
  return track.is_shared() ? may_share(principal) : track.owner == principal.user;
}

std::unexpected<Refusal> refuse_upload(const Error& error) {
  if (error.code == make_error_code(Errc::invalid_argument)) return refuse(TracksErrc::unsupported_audio, error.field);
  return refuse(error);
}

}  // namespace

void TracksLibraryHttp::add(net::Router& router, std::string method, std::string pattern, Handler handler,
                            std::size_t body_bytes_max, net::BodyObserver* body_observer) {
  net::Route route;
  route.method = std::move(method);
  route.pattern = std::move(pattern);
  route.handler = [this, handler](net::HttpRequest& request) { return (this->*handler)(request); };
  route.body_bytes_max = body_bytes_max;
  route.body_observer = body_observer;
  router.add(std::move(route));
}

void TracksLibraryHttp::add_routes(net::Router& router) {
  add(router, "GET", "/tracks", &TracksLibraryHttp::get_tracks);
  add(router, "POST", "/tracks", &TracksLibraryHttp::post_track, body_bytes_max(d_.upload_bytes_max), &d_.gate);
  add(router, "GET", "/tracks/{track_id}", &TracksLibraryHttp::get_track);
  add(router, "DELETE", "/tracks/{track_id}", &TracksLibraryHttp::delete_track);
  add(router, "GET", "/tracks/stream/{track_id}", &TracksLibraryHttp::get_audio);
  add(router, "GET", "/tracks/{track_id}/cover", &TracksLibraryHttp::get_cover);
  add(router, "GET", "/tracks/{track_id}/waveform", &TracksLibraryHttp::get_waveform);
}

awaitable<Outcome<auth::PrincipalRef>> TracksLibraryHttp::authenticate(const Request& request) {
  auth::Credential credential = auth::credential_of(request);
  if (credential.empty()) co_return refuse(TracksErrc::unauthorized);
  auto principal = co_await d_.authenticator.authenticate(std::move(credential));
  if (!principal) co_return refuse(principal.error());
  co_return *std::move(principal);
}

awaitable<Outcome<auth::PrincipalRef>> TracksLibraryHttp::authorize_writing(const Request& request) {
  auto principal = co_await authenticate(request);
  if (!principal || may_write(**principal)) co_return principal;
  co_return refuse(TracksErrc::forbidden);
}

HttpResponse TracksLibraryHttp::refused(const Refusal& refusal) const {
  d_.metrics.refused(refusal.code);
  return answer_of(refusal);
}

HttpResponse TracksLibraryHttp::json(const Request& request, const auth::Principal& principal, int status,
                                     const boost::json::object& body) const {
  Response response = Response::json(status, write_json(body));
  if (std::string cookie = d_.media_cookie.field_for(request, principal); !cookie.empty()) {
    response.headers.add("Set-Cookie", std::move(cookie));
  }
  return response;
}

awaitable<HttpResponse> TracksLibraryHttp::get_tracks(Request& request) {
  const auto principal = co_await authenticate(request);
  if (!principal) co_return refused(principal.error());
  auto search = search_of(request);
  if (!search) co_return refused(search.error());
  const UserId& user = (*principal)->user;
  search->user = user;
  const auto page = co_await d_.store.search(*search);
  if (!page) co_return refused(refuse(page.error()).error());
  boost::json::array tracks;
  for (const Track& track : page->tracks) tracks.push_back(track_json(track, d_.urls, user, d_.clock.now()));
  co_return json(
      request, **principal, 200,
      {{"tracks", std::move(tracks)}, {"total", page->total}, {"page", search->page}, {"limit", search->limit}});
}

awaitable<HttpResponse> TracksLibraryHttp::get_track(Request& request) {
  const auto principal = co_await authenticate(request);
  if (!principal) co_return refused(principal.error());
  const UserId& user = (*principal)->user;
  const auto track = co_await d_.store.find(TrackId{std::string{request.parameter("track_id")}}, user);
  if (!track) co_return refused(refuse(track.error()).error());
  if (!*track) co_return refused({TracksErrc::unknown_track, {}});
  co_return json(request, **principal, 200, track_json(**track, d_.urls, user, d_.clock.now()));
}

awaitable<HttpResponse> TracksLibraryHttp::post_track(Request& request) {
  const UploadGate::Stay stay{d_.gate, request};
  const auto principal = co_await authorize_writing(request);
  if (!principal) co_return refused(principal.error());
  const auto form = read_upload_form(request);
  if (!form) co_return refused(form.error());
  if (form->content.size() > d_.upload_bytes_max) co_return refused({TracksErrc::file_too_large, "file"});
  if (form->shared && !may_share(**principal)) co_return refused({TracksErrc::forbidden, "shared"});
  const bool is_shared = form->shared || (*principal)->kind == auth::PrincipalKind::api_key;
  const UserId owner = is_shared ? UserId{} : (*principal)->user;

  // The request, and so the body, outlives the work: this coroutine waits for it.
  const auto added = co_await d_.worker.run(
      [this, &form = *form, &owner](const std::stop_token& stop) -> Result<TrackImporter::Imported> {
        auto file = file_in_memory(form.content);
        if (!file) return fail(file);
        return d_.importer.add({.descriptor = file->get(), .name = form.file_name, .cover = {}}, owner, stop);
      });
  if (!added) co_return refused(refuse_upload(added.error()).error());
  const Track& track = added->track;
  if (added->is_new) d_.uploads.add();
  if (added->is_new && d_.audit) d_.audit->record(**principal, "tracks.upload", track.id.value(), track.title);
  Response response = json(request, **principal, added->is_new ? 201 : 200,
                           track_json(track, d_.urls, (*principal)->user, d_.clock.now()));
  response.headers.set("Location", "/tracks/" + track.id.value());
  co_return response;
}

awaitable<HttpResponse> TracksLibraryHttp::delete_track(Request& request) {
  const auto principal = co_await authorize_writing(request);
  if (!principal) co_return refused(principal.error());
  const TrackId id{std::string{request.parameter("track_id")}};
  const auto track = co_await d_.store.find_any(id);
  if (!track) co_return refused(refuse(track.error()).error());
  // Another's track does not exist; a shared one does, but is not theirs to delete.
  const bool is_visible = *track && ((*track)->is_shared() || may_delete(**principal, **track));
  if (!is_visible) co_return refused({TracksErrc::unknown_track, {}});
  if (!may_delete(**principal, **track)) co_return refused({TracksErrc::forbidden, {}});
  const auto removed = co_await d_.store.remove(id);
  if (!removed) co_return refused(refuse(removed.error()).error());
  if (!*removed) co_return refused({TracksErrc::unknown_track, {}});
  d_.media.remove((*removed)->file);
  d_.media.remove((*removed)->cover);
  if (on_removed_) on_removed_(**removed);
  if (d_.audit) d_.audit->record(**principal, "tracks.delete", id.value(), (*removed)->title);
  co_return Response::json(200, write_json(boost::json::object{{"success", true}, {"id", id.value()}}));
}

}  // namespace pulso::tracks
