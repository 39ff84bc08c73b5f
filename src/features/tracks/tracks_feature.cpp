#include "features/tracks/tracks_feature.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>

#include "base/json_write.h"
#include "features/tracks/memory_playback_states.h"
#include "features/tracks/playback_http.h"
#include "features/tracks/playback_publisher.h"
#include "features/tracks/redis_playback_states.h"
#include "features/tracks/tracks_library.h"
#include "ops/log.h"

namespace pulso::tracks {
namespace {

using boost::asio::awaitable;

constexpr milliseconds write_wait_max{5000};
/// Each may take two round trips: of many users, one after the other, a round would take longer than a lease.
constexpr std::size_t renewals_at_once = 64;

void log_failure(const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    ops::log_error("tracks", "the clockwork ended with an exception", {{"error", error.what()}});
  }
}

class Feature final : public TracksFeature {
 public:
  Feature(TracksDependencies dependencies, std::unique_ptr<TracksLibrary> library)
      : dependencies_(std::move(dependencies)),
        library_(std::move(library)),
        metrics_(dependencies_.metrics),
        store_(dependencies_.database),
        states_(create_states()),
        users_(dependencies_.options.messages_per_second),
        publisher_(dependencies_.name_space, *library_),
        service_({.catalogue = *library_,
                  .states = *states_,
                  .metrics = metrics_,
                  .publish = [this](const Caller& caller, const Snapshot& snapshot,
                                    const Notice& notice) { publisher_.publish(caller, snapshot, notice); }}),
        socket_({.service = service_,
                 .catalogue = *library_,
                 .users = users_,
                 .clock = dependencies_.clock,
                 .principal_of = dependencies_.principal_of}),
        http_({.service = service_,
               .catalogue = *library_,
               .users = users_,
               .clock = dependencies_.clock,
               .authenticator = dependencies_.authenticator}),
        timer_(dependencies_.shards.front()->context()) {
    socket_.register_handlers(dependencies_.name_space);
    library_->on_removed([this](const Track& track) {
      boost::asio::co_spawn(timer_.get_executor(), forget(track.id, track.owner), log_failure);
    });
  }

  void add_routes(net::Router& router) override {
    http_.add_routes(router);
    library_->add_routes(router);
  }

  void start() override { boost::asio::co_spawn(timer_.get_executor(), keep_alive(), log_failure); }

  void stop() override {
    boost::asio::post(timer_.get_executor(), [this] {
      is_stopped_ = true;
      timer_.cancel();
    });
    library_->stop();
    states_->finish(write_wait_max);
  }

  Result<void> import_demo() override {
    const auto imported = library_->import_demo();
    return imported ? Result<void>{} : Result<void>{std::unexpect, imported.error()};
  }

  awaitable<std::string> stats() override {
    boost::json::object totals{{"joins", metrics_.joins.value()},
                               {"messages_in", metrics_.messages_in.value()},
                               {"messages_out", metrics_.messages_out.value()},
                               {"corrections", metrics_.corrections.value()}};
    co_return write_json(
        boost::json::object{{"connections", metrics_.connections.value()}, {"totals", std::move(totals)}});
  }

 private:
  std::shared_ptr<PlaybackStates> create_states() {
    if (dependencies_.redis) return std::make_shared<RedisPlaybackStates>(dependencies_.clock, *dependencies_.redis);
    return std::make_shared<MemoryPlaybackStates>(dependencies_.clock, store_);
  }

  /// Whoever may be hearing a track that is gone: its owner, or, of a shared one, who is connected here.
  awaitable<void> forget(TrackId track, UserId owner) {
    std::vector<UserId> users;
    if (owner.empty()) {
      for (auto& [user, devices] : users_.list(dependencies_.clock.steady_now())) users.push_back(std::move(user));
    } else {
      users.push_back(std::move(owner));
    }
    // Where it fails, the track ends by itself: its bytes are gone.
    for (UserId& user : users) static_cast<void>(co_await service_.forget_track(std::move(user), track));
  }

  using Users = std::vector<std::pair<UserId, std::vector<DeviceId>>>;

  /// Renews the leases of the devices here. Where it fails, the next round comes before the lease is over.
  awaitable<void> renew_all() {
    const Users users = users_.list(dependencies_.clock.steady_now());
    std::size_t next = 0, working = std::min(users.size(), renewals_at_once);
    boost::asio::steady_timer done{timer_.get_executor(), SteadyTime::max()};
    for (std::size_t i = working; i > 0; --i) {
      boost::asio::co_spawn(timer_.get_executor(), renew_some(users, next),
                            [&working, &done](const std::exception_ptr& failure) {
                              log_failure(failure);
                              if (--working == 0) done.cancel();
                            });
    }
    boost::system::error_code ignored;
    while (working > 0) co_await done.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }

  /// Takes the next one until there is none.
  awaitable<void> renew_some(const Users& users, std::size_t& next) {
    while (next < users.size() && !is_stopped_) {
      const auto& [user, devices] = users[next++];
      static_cast<void>(co_await service_.renew(user, devices));
    }
  }

  /// Renews leases, and lets the states do their regular work.
  awaitable<void> keep_alive() {
    while (!is_stopped_) {
      co_await states_->maintain();
      co_await renew_all();
      for (milliseconds passed{0}; passed < device_renewal && !is_stopped_; passed += progress_interval) {
        timer_.expires_after(progress_interval);
        boost::system::error_code ignored;
        co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
        states_->keep_progress();
      }
    }
  }

  TracksDependencies dependencies_;
  std::unique_ptr<TracksLibrary> library_;
  TracksMetrics metrics_;
  PlaybackStore store_;
  std::shared_ptr<PlaybackStates> states_;
  ConnectedUsers users_;
  PlaybackPublisher publisher_;
  PlaybackService service_;
  PlaybackSocket socket_;
  PlaybackHttp http_;
  boost::asio::steady_timer timer_;  ///< on the first shard
  bool is_stopped_ = false;
};

}  // namespace

std::vector<store::Migration> TracksFeature::migrations() {
  std::vector<store::Migration> all;
  for (const auto component : {TracksLibrary::migrations(), PlaybackStore::migrations()}) {
    all.insert(all.end(), component.begin(), component.end());
  }
  return all;
}

Result<std::unique_ptr<TracksFeature>> create_tracks(TracksDependencies dependencies) {
  auto library = create_tracks_library({.options = dependencies.options.library,
                                        .clock = dependencies.clock,
                                        .database = dependencies.database,
                                        .authenticator = dependencies.authenticator,
                                        .media_cookie = dependencies.media_cookie,
                                        .audit = dependencies.audit,
                                        .metrics = dependencies.metrics,
                                        .secret = dependencies.secret});
  if (!library) return fail(library);
  return std::make_unique<Feature>(std::move(dependencies), *std::move(library));
}

}  // namespace pulso::tracks
