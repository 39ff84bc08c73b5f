#pragma once
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "auth/authenticator.h"
#include "auth/media_cookie.h"
#include "base/clock.h"
#include "features/tracks/recent_tracks.h"
#include "features/tracks/track_urls.h"
#include "features/tracks/tracks_errors.h"
#include "features/tracks/tracks_metrics.h"
#include "features/tracks/tracks_store.h"
#include "net/http_message.h"
#include "net/static_files.h"
#include "ops/metrics.h"

namespace pulso::tracks {

/// A refusal as an HTTP answer.
[[nodiscard]] net::HttpResponse answer_of(const Refusal& refusal);

/// What media elements fetch: the bytes of a track (ranges and preconditions by `net::StaticFiles`), its cover, its
/// waveform. Each request shows, in this order: a signed URL, a credential, the media cookie; or nothing, for shared
/// tracks where that is allowed. Another's track is not found. Answers may be kept by the browser, but it asks before
/// it uses them: the next user of the browser may be another.
class TrackStream {
 public:
  struct Dependencies {
    TracksStore& store;
    net::StaticFiles files;  ///< of the media folder
    const TrackUrls& urls;
    auth::Authenticator& authenticator;
    const auth::MediaCookie& media_cookie;
    const Clock& clock;
    TracksMetrics& metrics;
    ops::Counter& streams;  ///< requests for the bytes of a track
    bool anonymous = false;
  };
  explicit TrackStream(Dependencies dependencies) : d_(std::move(dependencies)), recent_(d_.clock) {}

  /// `GET /tracks/stream/{track_id}`
  [[nodiscard]] boost::asio::awaitable<net::HttpResponse> audio(net::HttpRequest& request);
  /// `GET /tracks/{track_id}/cover`
  [[nodiscard]] boost::asio::awaitable<net::HttpResponse> cover(net::HttpRequest& request);
  /// `GET /tracks/{track_id}/waveform`; `?buckets=` 1–1000.
  [[nodiscard]] boost::asio::awaitable<net::HttpResponse> waveform(net::HttpRequest& request);

 private:
  /// Whose tracks the request may see beside the shared ones; empty: nobody's.
  [[nodiscard]] boost::asio::awaitable<Outcome<UserId>> viewer(const net::HttpRequest& request);
  /// The track that the request names, when its user may hear it; never null.
  [[nodiscard]] boost::asio::awaitable<Outcome<std::shared_ptr<const Track>>> visible(const net::HttpRequest& request);
  [[nodiscard]] net::HttpResponse send(const net::HttpRequest& request, const Track& track, const std::string& file,
                                       std::string_view mime_type);

  [[nodiscard]] net::HttpResponse refused(const Refusal& refusal) const;

  Dependencies d_;
  RecentTracks recent_;
};

}  // namespace pulso::tracks
