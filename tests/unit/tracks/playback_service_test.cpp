#include "features/tracks/playback_service.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "ops/metrics.h"
#include "support/loop.h"
#include "unit/tracks/playback_fixture.h"

namespace pulso::tracks {
namespace {

/// Tracks `x`, `y`, `z` for everybody and `hers` for Ana.
class FakeCatalogue final : public TrackCatalogue {
 public:
  boost::asio::awaitable<Result<std::optional<Track>>> find(TrackId track, UserId user) override {
    if (is_away) co_return fail(Errc::unavailable);
    const bool exists = shared.contains(track.value()) || (track.value() == "hers" && user == UserId{"ana"});
    co_return exists ? std::optional{track_of(track.value())} : std::nullopt;
  }
  [[nodiscard]] std::string audio_url(const TrackId& track, const UserId& user) const override {
    return "/" + track.value() + "?user=" + user.value();
  }
  std::set<std::string> shared{"x", "y", "z"};
  bool is_away = false;
};

/// One lock-free map: the tests have one thread.
class PlainStates final : public PlaybackStates {
 public:
  boost::asio::awaitable<Result<Playback>> decide(UserId user, Rule rule, Announce announce) override {
    Playback next = states[user];
    const Decision decision = rule(next, time);
    if (decision.is_changed) states[user] = next;
    announce(next, decision, time);
    co_return next;
  }
  [[nodiscard]] WallTime now() const noexcept override { return time; }
  boost::asio::awaitable<void> maintain() override { co_return; }
  void finish(milliseconds) override {}

  std::map<UserId, Playback> states;
  WallTime time{milliseconds{1'705'314'600'000}};
};

class PlaybackServiceTest : public testing::Test {
 protected:
  PlaybackServiceTest()
      : metrics_(registry_),
        service_({.catalogue = catalogue_,
                  .states = states_,
                  .metrics = metrics_,
                  .publish = [this](const Caller&, const Snapshot&, const Notice& notice) {
                    announced_.push_back(name_of(notice));
                  }}) {}

  Outcome<Snapshot> run(PlaybackService::Answer answer) { return loop_.run(std::move(answer)); }
  static Caller ana(const std::string& request = {}) {
    return {.user = UserId{"ana"}, .device = DeviceId{"a"}, .request_id = request};
  }
  Announced announced() { return std::exchange(announced_, {}); }

  support::Loop loop_;
  FakeCatalogue catalogue_;
  PlainStates states_;
  ops::Metrics registry_;
  TracksMetrics metrics_;
  Announced announced_;
  PlaybackService service_;
};

TEST_F(PlaybackServiceTest, PlaysOnlyWhatTheUserMayHear) {
  EXPECT_TRUE(run(service_.play(ana(), TrackId{"hers"}, {})));
  EXPECT_EQ(announced(), Announced{"playing>everyone"});
  const auto refused = run(service_.play({.user = UserId{"luz"}, .device = {}, .request_id = {}}, TrackId{"hers"}, {}));
  EXPECT_EQ(refused.error().code, TracksErrc::unknown_track);
  EXPECT_TRUE(announced().empty());
}

TEST_F(PlaybackServiceTest, SaysWhenTheLibraryIsAwayAndChangesNothing) {
  catalogue_.is_away = true;
  EXPECT_EQ(run(service_.play(ana(), TrackId{"x"}, {})).error().code, TracksErrc::unavailable);
  EXPECT_EQ(run(service_.current(UserId{"ana"}))->state.revision, 0U);
}

TEST_F(PlaybackServiceTest, AnswersARepeatedCommandWithoutExecutingItAgain) {
  EXPECT_TRUE(run(service_.play(ana("r1"), TrackId{"x"}, milliseconds{1000})));
  states_.time += milliseconds{4000};
  const auto again = run(service_.play(ana("r1"), TrackId{"x"}, milliseconds{1000}));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->state.position_at(again->now), milliseconds{5000});
  EXPECT_EQ(announced(), Announced{"playing>everyone"});
}

TEST_F(PlaybackServiceTest, ForgetsTheOldestRequestsFirst) {
  for (std::size_t i = 0; i <= requests_max; ++i) {
    ASSERT_TRUE(run(service_.play(ana("r" + std::to_string(i)), TrackId{"x"}, {})));
  }
  EXPECT_EQ(states_.states[UserId{"ana"}].requests.size(), requests_max);
  announced();
  ASSERT_TRUE(run(service_.play(ana("r0"), TrackId{"x"}, {})));
  EXPECT_EQ(announced(), Announced{"playing>everyone"});
}

TEST_F(PlaybackServiceTest, WalksTheQueueAndDropsTracksThatAreGone) {
  ASSERT_TRUE(run(service_.set_queue(ana(), {TrackId{"x"}, TrackId{"y"}, TrackId{"z"}})));
  ASSERT_TRUE(run(service_.play(ana(), TrackId{"x"}, {})));
  catalogue_.shared.erase("y");
  announced();
  const auto next = run(service_.skip(ana("n"), true, {}));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->state.track.id, TrackId{"z"});
  EXPECT_EQ(next->state.queue->size(), 2U);
  EXPECT_EQ(announced(), (Announced{"queue>everyone", "playing>everyone"}));
  EXPECT_EQ(run(service_.skip(ana(), true, {})).error().code, TracksErrc::queue_end);
  EXPECT_EQ(run(service_.skip(ana(), false, {}))->state.track.id, TrackId{"x"});
}

TEST_F(PlaybackServiceTest, GoesOnByOneWhenSeveralDevicesReachTheEnd) {
  ASSERT_TRUE(run(service_.set_queue(ana(), {TrackId{"x"}, TrackId{"y"}, TrackId{"z"}})));
  ASSERT_TRUE(run(service_.play(ana(), TrackId{"x"}, {})));
  const SkipFrom end{.track = TrackId{"x"}, .index = {}};
  EXPECT_EQ(run(service_.skip(ana(), true, end))->state.track.id, TrackId{"y"});
  EXPECT_EQ(run(service_.skip(ana(), true, end))->state.track.id, TrackId{"y"});
}

TEST_F(PlaybackServiceTest, GoesOnByOneFromATrackThatComesTwice) {
  ASSERT_TRUE(run(service_.set_queue(ana(), {TrackId{"x"}, TrackId{"x"}, TrackId{"y"}})));
  ASSERT_TRUE(run(service_.play(ana(), TrackId{"x"}, {})));
  const SkipFrom first_end{.track = TrackId{"x"}, .index = 0};
  for (int i = 0; i < 2; ++i) {
    const auto state = run(service_.skip(ana(), true, first_end))->state;
    EXPECT_EQ(state.track.id, TrackId{"x"});
    EXPECT_EQ(queue_index(state), 1U);
  }
  EXPECT_EQ(run(service_.skip(ana(), true, {.track = TrackId{"x"}, .index = 1}))->state.track.id, TrackId{"y"});
}

TEST_F(PlaybackServiceTest, AnnouncesWhoIsGoneWithWhateverIsAskedFor) {
  const auto lose_active = [this] {
    for (const char* device : {"a", "b"}) {
      ASSERT_TRUE(run(service_.join({.user = UserId{"ana"}, .device = DeviceId{device}, .request_id = {}}, "c", {})));
    }
    ASSERT_TRUE(run(service_.play(ana(), TrackId{"x"}, {})));
    ASSERT_TRUE(run(service_.transfer(ana(), DeviceId{"b"})));
    states_.time += device_lease;
    ASSERT_TRUE(run(service_.renew(UserId{"ana"}, {DeviceId{"a"}})));
    states_.time += milliseconds{1};
    announced();
  };
  lose_active();
  const auto seen = run(service_.current(UserId{"ana"}));
  EXPECT_FALSE(seen->state.is_playing());
  EXPECT_EQ(announced(), (Announced{"devices>everyone", "paused>everyone"}));
  EXPECT_EQ(run(service_.current(UserId{"ana"}))->state.revision, seen->state.revision) << "it was kept";

  lose_active();
  EXPECT_TRUE(run(service_.play(ana(), TrackId{"x"}, {})));
  EXPECT_EQ(announced(), (Announced{"devices>everyone", "playing>everyone"})) << "no pause of what plays again";

  lose_active();
  EXPECT_FALSE(run(service_.transfer(ana(), DeviceId{"b"}))) << "refused, and yet told";
  EXPECT_EQ(announced(), (Announced{"devices>everyone", "paused>everyone"}));
}

TEST_F(PlaybackServiceTest, RefusesAQueueWithATrackOfSomebodyElse) {
  const Caller luz{.user = UserId{"luz"}, .device = {}, .request_id = {}};
  EXPECT_EQ(run(service_.set_queue(luz, {TrackId{"x"}, TrackId{"hers"}})).error().code, TracksErrc::unknown_track);
  EXPECT_EQ(run(service_.add_to_queue(luz, TrackId{"hers"}, true)).error().code, TracksErrc::unknown_track);
}

TEST_F(PlaybackServiceTest, ChecksTheTrackOfAReportOnlyWhenItIsAnother) {
  ASSERT_TRUE(run(service_.play(ana(), TrackId{"x"}, {})));
  announced();
  const auto view = std::make_shared<DeviceView>();
  Report report;
  report.timeline = {.track = TrackId{"x"}, .position = milliseconds{0}, .at = {}, .is_playing = true};
  catalogue_.is_away = true;
  EXPECT_TRUE(run(service_.report(ana(), view, report)));
  EXPECT_TRUE(view->is_in_step);
  report.timeline.track = TrackId{"y"};
  EXPECT_EQ(run(service_.report(ana(), view, report)).error().code, TracksErrc::unavailable);
  catalogue_.is_away = false;
  EXPECT_TRUE(run(service_.report(ana(), view, report)));
  EXPECT_EQ(announced(), Announced{"updated>others"});
  report.timeline.track = TrackId{"none"};
  EXPECT_EQ(run(service_.report(ana(), view, report)).error().code, TracksErrc::unknown_track);
}

TEST_F(PlaybackServiceTest, BelievesTheTimeOfAReportOnlyWhenItIsAFreshOne) {
  ASSERT_TRUE(run(service_.play(ana(), TrackId{"x"}, {})));
  states_.time += milliseconds{5000};
  Report report;
  report.timeline = {.track = TrackId{"x"},
                     .position = milliseconds{4000},
                     .at = states_.time - milliseconds{1000},
                     .is_playing = true};
  const auto fresh = run(service_.report(ana(), std::make_shared<DeviceView>(), report));
  EXPECT_EQ(fresh->state.position_at(fresh->now), milliseconds{5000});
  report.timeline.at = states_.time + milliseconds{60'000};
  report.timeline.position = milliseconds{4200};
  const auto odd = run(service_.report(ana(), std::make_shared<DeviceView>(), report));
  EXPECT_EQ(odd->state.position_at(odd->now), milliseconds{4200});
}

}  // namespace
}  // namespace pulso::tracks
