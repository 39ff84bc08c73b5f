#include "features/tracks/track_stream.h"

#include <charconv>
#include <cmath>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/encoding.h"
#include "base/json_write.h"
#include "features/tracks/waveform.h"
#include "net/mime_types.h"

namespace pulso::tracks {

using boost::asio::awaitable;
using net::HttpRequest;
using net::HttpResponse;

namespace {

constexpr int not_found = 404;

TrackId id_of(const HttpRequest& request) {
  return TrackId{std::string{request.parameter("track_id")}};
}

/// A stranger's file is never run as a page, whatever it turns out to be.
void keep_as_media(HttpResponse& response) {
  response.headers.set("Content-Security-Policy", "default-src 'none'; sandbox");
}

/// Parts that a waveform is wanted in; nothing when that is no number of 1 to `waveform_peaks`.
std::optional<std::size_t> buckets_of(const HttpRequest& request) {
  const auto text = request.query_value("buckets");
  if (!text) return waveform_peaks;
  std::size_t buckets = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), buckets);
  if (error != std::errc{} || end != text->data() + text->size() || buckets < 1 || buckets > waveform_peaks) {
    return std::nullopt;
  }
  return buckets;
}

}  // namespace

HttpResponse answer_of(const Refusal& refusal) {
  HttpResponse response = HttpResponse::refusal(http_status(refusal.code), wire_code(refusal.code),
                                                message_text(refusal.code), refusal.field);
  if (refusal.code == TracksErrc::unavailable || refusal.code == TracksErrc::rate_limited) {
    response.headers.set("Retry-After", "1");
  }
  return response;
}

HttpResponse TrackStream::refused(const Refusal& refusal) const {
  d_.metrics.refused(refusal.code);
  return answer_of(refusal);
}

awaitable<Outcome<UserId>> TrackStream::viewer(const HttpRequest& request) {
  if (const auto signature = url_signature_of(request)) {
    if (auto user = d_.urls.user_of(id_of(request), *signature, d_.clock.now())) co_return *std::move(user);
  }
  if (auth::Credential credential = auth::credential_of(request); !credential.empty()) {
    const auto principal = co_await d_.authenticator.authenticate(std::move(credential));
    if (!principal) co_return refuse(principal.error());
    co_return (*principal)->user;
  }
  if (const auth::PrincipalRef principal = d_.media_cookie.principal_of(request)) co_return principal->user;
  if (d_.anonymous) co_return UserId{};
  co_return refuse(TracksErrc::unauthorized);
}

awaitable<Outcome<std::shared_ptr<const Track>>> TrackStream::visible(const HttpRequest& request) {
  const auto user = co_await viewer(request);
  if (!user) co_return std::unexpected{user.error()};
  const TrackId id = id_of(request);
  if (auto recent = recent_.find(id)) {
    if (!recent->is_shared() && recent->owner != *user) co_return refuse(TracksErrc::unknown_track);
    co_return recent;
  }
  auto track = co_await d_.store.find(id, *user);
  if (!track) co_return refuse(track.error());
  if (!*track) co_return refuse(TracksErrc::unknown_track);
  co_return recent_.keep(**std::move(track));
}

HttpResponse TrackStream::send(const HttpRequest& request, const Track& track, const std::string& file,
                               std::string_view mime_type) {
  HttpResponse response = d_.files.respond(request, file, mime_type);
  if (response.status == not_found) {  // it has been deleted, or lost its file
    recent_.forget(track.id);
    return refused({TracksErrc::unknown_track, {}});
  }
  keep_as_media(response);
  return response;
}

awaitable<HttpResponse> TrackStream::audio(HttpRequest& request) {
  const auto track = co_await visible(request);
  if (!track) co_return refused(track.error());
  d_.streams.add();
  co_return send(request, **track, (*track)->file, (*track)->mime_type);
}

awaitable<HttpResponse> TrackStream::cover(HttpRequest& request) {
  const auto track = co_await visible(request);
  if (!track) co_return refused(track.error());
  if ((*track)->cover.empty()) co_return refused({TracksErrc::no_cover, {}});
  co_return send(request, **track, (*track)->cover, {});
}

awaitable<HttpResponse> TrackStream::waveform(HttpRequest& request) {
  const auto buckets = buckets_of(request);
  if (!buckets) co_return refused({TracksErrc::bad_message, "buckets"});
  const auto user = co_await viewer(request);
  if (!user) co_return refused(user.error());
  const auto found = co_await d_.store.waveform(id_of(request), *user);
  if (!found) co_return refused(refuse(found.error()).error());
  if (!*found) co_return refused({TracksErrc::unknown_track, {}});
  boost::json::array peaks;
  for (const char peak : reduce_peaks((*found)->peaks, *buckets)) {
    // Thousandths are finer than the 256 steps that are kept, and short on the wire.
    peaks.emplace_back(std::round(static_cast<unsigned char>(peak) / 0.255) / 1000);
  }
  HttpResponse response = HttpResponse::json(
      200, write_json(boost::json::object{{"trackId", request.parameter("track_id")},
                                          {"duration", static_cast<double>((*found)->duration.count()) / 1000},
                                          {"buckets", peaks.size()},
                                          {"peaks", std::move(peaks)}}));
  response.headers.set("Cache-Control", "private, no-cache");
  co_return response;
}

}  // namespace pulso::tracks
