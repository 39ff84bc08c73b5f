#include "features/tracks/tracks_library.h"

#include <utility>

#include "features/tracks/demo_tracks.h"
#include "features/tracks/media_folder.h"
#include "features/tracks/track_import.h"
#include "features/tracks/track_stream.h"
#include "features/tracks/track_urls.h"
#include "features/tracks/tracks_library_http.h"
#include "features/tracks/tracks_metrics.h"
#include "features/tracks/tracks_store.h"
#include "features/tracks/upload_worker.h"

namespace pulso::tracks {
namespace {

class Library final : public TracksLibrary {
 public:
  Library(LibraryDependencies d, MediaFolder media, net::StaticFiles files)
      : clock_(d.clock),
        metrics_(d.metrics),
        media_(std::move(media)),
        store_(d.database),
        urls_(d.secret, d.options.base_url, d.options.url_lifetime),
        importer_(store_, media_, d.clock),
        stream_({.store = store_,
                 .files = std::move(files),
                 .urls = urls_,
                 .authenticator = d.authenticator,
                 .media_cookie = d.media_cookie,
                 .clock = d.clock,
                 .metrics = metrics_,
                 .streams = d.metrics.counter("pulso_tracks_streams_total", "Requests for the bytes of a track."),
                 .anonymous = d.options.anonymous}),
        gate_(d.authenticator, metrics_,
              d.metrics.counter("pulso_tracks_uploads_turned_away_total",
                                "Uploads refused before their body, since as much as may be was held of others."),
              TracksLibraryHttp::body_bytes_max(d.options.upload_bytes_max)),
        http_({.store = store_,
               .importer = importer_,
               .gate = gate_,
               .worker = worker_,
               .media = media_,
               .stream = stream_,
               .urls = urls_,
               .authenticator = d.authenticator,
               .media_cookie = d.media_cookie,
               .audit = d.audit,
               .clock = d.clock,
               .metrics = metrics_,
               .uploads = d.metrics.counter("pulso_tracks_uploads_total", "Uploads that brought a new track."),
               .upload_bytes_max = d.options.upload_bytes_max}) {}

  boost::asio::awaitable<Result<std::optional<Track>>> find(TrackId track, UserId user) override {
    return store_.find(std::move(track), std::move(user));
  }
  [[nodiscard]] std::string audio_url(const TrackId& track, const UserId& user) const override {
    return urls_.audio_url(track, user, clock_.now());
  }
  void add_routes(net::Router& router) override { http_.add_routes(router); }
  void on_removed(std::function<void(const Track&)> handler) override { http_.on_removed(std::move(handler)); }
  Result<std::size_t> import_demo() override { return import_demo_tracks(importer_); }
  void stop() override { worker_.stop(); }

 private:
  const Clock& clock_;
  TracksMetrics metrics_;
  MediaFolder media_;
  TracksStore store_;
  TrackUrls urls_;
  TrackImporter importer_;
  UploadWorker worker_;
  TrackStream stream_;
  UploadGate gate_;
  TracksLibraryHttp http_;
};

}  // namespace

std::span<const store::Migration> TracksLibrary::migrations() noexcept {
  return TracksStore::migrations();
}

Result<std::unique_ptr<TracksLibrary>> create_tracks_library(LibraryDependencies dependencies) {
  auto media = MediaFolder::open(dependencies.options.media_dir);
  if (!media) return fail(media);
  auto files = net::StaticFiles::open(media->path(), {.cache_control = "private, no-cache", .index_name = {}});
  if (!files) return fail(files);
  return std::make_unique<Library>(std::move(dependencies), *std::move(media), *std::move(files));
}

}  // namespace pulso::tracks
