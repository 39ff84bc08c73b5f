#pragma once
#include <expected>
#include <functional>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "auth/audit_log.h"
#include "auth/authenticator.h"
#include "auth/media_cookie.h"
#include "base/clock.h"
#include "features/tracks/media_folder.h"
#include "features/tracks/track_import.h"
#include "features/tracks/track_stream.h"
#include "features/tracks/track_urls.h"
#include "features/tracks/tracks_metrics.h"
#include "features/tracks/tracks_store.h"
#include "features/tracks/upload_gate.h"
#include "features/tracks/upload_worker.h"
#include "net/http_router.h"
#include "ops/metrics.h"

namespace pulso::tracks {

/// The library's routes: list and search, one track, upload, delete, and what `TrackStream` sends.
class TracksLibraryHttp {
 public:
  struct Dependencies {
    TracksStore& store;
    TrackImporter& importer;
    UploadGate& gate;
    UploadWorker& worker;
    const MediaFolder& media;
    TrackStream& stream;
    const TrackUrls& urls;
    auth::Authenticator& authenticator;
    const auth::MediaCookie& media_cookie;
    auth::AuditLog* audit;  ///< may be null
    const Clock& clock;
    TracksMetrics& metrics;
    ops::Counter& uploads;  ///< that brought a new track
    std::size_t upload_bytes_max;
  };
  /// The longest body of an upload: a file, and what a form has around it.
  [[nodiscard]] static constexpr std::size_t body_bytes_max(std::size_t upload_bytes_max) noexcept {
    return upload_bytes_max + form_bytes_max;
  }

  explicit TracksLibraryHttp(Dependencies dependencies) : d_(dependencies) {}

  void add_routes(net::Router& router);
  void on_removed(std::function<void(const Track&)> handler) { on_removed_ = std::move(handler); }

 private:
  static constexpr std::size_t form_bytes_max = 64 * 1024;

  using Request = net::HttpRequest;
  using Response = net::HttpResponse;
  using Handler = boost::asio::awaitable<Response> (TracksLibraryHttp::*)(Request&);

  void add(net::Router& router, std::string method, std::string pattern, Handler handler,
           std::size_t body_bytes_max = 0, net::BodyObserver* body_observer = nullptr);

  boost::asio::awaitable<Response> get_tracks(Request& request);
  boost::asio::awaitable<Response> get_track(Request& request);
  boost::asio::awaitable<Response> post_track(Request& request);
  boost::asio::awaitable<Response> delete_track(Request& request);
  boost::asio::awaitable<Response> get_audio(Request& request) { return d_.stream.audio(request); }
  boost::asio::awaitable<Response> get_cover(Request& request) { return d_.stream.cover(request); }
  boost::asio::awaitable<Response> get_waveform(Request& request) { return d_.stream.waveform(request); }

  [[nodiscard]] boost::asio::awaitable<Outcome<auth::PrincipalRef>> authenticate(const Request& request);
  /// The same, of whom the scope `tracks:write` is asked, or role `admin`.
  [[nodiscard]] boost::asio::awaitable<Outcome<auth::PrincipalRef>> authorize_writing(const Request& request);
  [[nodiscard]] Response refused(const Refusal& refusal) const;
  /// An answer to a user, with the media cookie.
  [[nodiscard]] Response json(const Request& request, const auth::Principal& principal, int status,
                              const boost::json::object& body) const;

  Dependencies d_;
  std::function<void(const Track&)> on_removed_;
};

}  // namespace pulso::tracks
