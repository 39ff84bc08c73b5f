#include "features/tracks/playback_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/tracks/playback_fixture.h"

namespace pulso::tracks {
namespace {

using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;

Queue queue_of(std::initializer_list<const char*> tracks) {
  Queue queue;
  for (const char* track : tracks) queue.emplace_back(track);
  return queue;
}

TEST(PlaybackRules, TellEveryoneOfPlayAndPause) {
  Stage stage;
  EXPECT_THAT(stage.play("a", "x", 12), ElementsAre("playing>everyone"));
  stage.pass(seconds{3});
  EXPECT_EQ(stage.position(), 15);
  EXPECT_THAT(stage.pause("b"), ElementsAre("paused>everyone"));
  stage.pass(seconds{3});
  EXPECT_EQ(stage.position(), 15);
  EXPECT_EQ(stage.state.leader, DeviceId{"b"});
}

TEST(PlaybackRules, ResumeWhereTheCurrentTrackStands) {
  Stage stage;
  stage.play("a", "x", 12);
  stage.pause("a", 20);
  play(stage.state, DeviceId{"a"}, track_of("x"), std::nullopt, stage.now);
  EXPECT_EQ(stage.position(), 20);
  play(stage.state, DeviceId{"a"}, track_of("y"), std::nullopt, stage.now);
  EXPECT_EQ(stage.position(), 0);
}

TEST(PlaybackRules, StopAtTheEndAndBeginAnewFromThere) {
  Stage stage;
  stage.play("a", "x", 290);
  stage.pass(seconds{60});
  settle(stage.state, stage.now);
  EXPECT_FALSE(stage.state.is_playing());
  EXPECT_EQ(stage.position(), 300);
  play(stage.state, DeviceId{"a"}, track_of("x"), std::nullopt, stage.now);
  EXPECT_EQ(stage.position(), 0);
}

TEST(PlaybackRules, KeepPositionsWithinTheTrack) {
  Stage stage;
  stage.play("a", "x", 5000);
  EXPECT_EQ(stage.position(), 300);
}

TEST(PlaybackRules, SeekOnlyWhatHasBeenPlayed) {
  Stage stage;
  EXPECT_EQ(seek(stage.state, DeviceId{"a"}, seconds{1}, stage.now).error().code, TracksErrc::nothing_playing);
  stage.play("a");
  EXPECT_THAT(stage.seek("a", 30), ElementsAre("updated>others"));
  EXPECT_EQ(stage.position(), 30);
}

TEST(PlaybackRules, PauseWhenTheLastDeviceLeaves) {
  Stage stage;
  stage.play("a");
  stage.pass(seconds{5});
  EXPECT_THAT(stage.leave("a"), ElementsAre("devices>others"));
  EXPECT_TRUE(stage.state.is_playing());
  stage.pass(seconds{5});
  stage.leave("b");
  stage.pass(seconds{5});
  EXPECT_FALSE(stage.state.is_playing());
  EXPECT_EQ(stage.position(), 10);
}

TEST(PlaybackRules, DropDevicesWhoseInstanceDiedAndPauseWhereTheyWereLastSeen) {
  Stage stage{{"a"}};
  stage.play("a");
  stage.pass(seconds{20});
  const std::vector devices{DeviceId{"a"}};
  renew(stage.state, devices, stage.now);
  stage.pass_unattended(seconds{600});
  EXPECT_THAT(stage.drop_expired(), ElementsAre("devices>everyone"));
  EXPECT_TRUE(stage.state.devices.empty());
  EXPECT_FALSE(stage.state.is_playing());
  EXPECT_EQ(stage.position(), 20);
  EXPECT_THAT(stage.drop_expired(), ElementsAre()) << "once";
  stage.join("b");
  EXPECT_THAT(stage.listen("b", 25, seconds{5}), Contains("updated>others")) << "the first who still plays goes on";
}

TEST(PlaybackRules, TellTheOthersOfDevicesWhoseInstanceDied) {
  Stage stage;
  stage.play("a");
  stage.pass_unattended(device_lease);
  EXPECT_THAT(stage.renew("b"), ElementsAre()) << "it may still be renewed";
  stage.pass_unattended(milliseconds{1});
  EXPECT_THAT(stage.renew("b"), ElementsAre("devices>everyone"));
  EXPECT_FALSE(stage.state.find_device(DeviceId{"a"}));
  EXPECT_TRUE(stage.state.is_playing());
  EXPECT_TRUE(stage.state.leader.empty());
}

TEST(PlaybackRules, PauseWhereTheDeviceToBeHeardWasLastSeen) {
  Stage stage;
  stage.play("a");
  ASSERT_TRUE(transfer(stage.state, DeviceId{"b"}, DeviceId{"a"}, stage.now));
  stage.pass(seconds{7});
  for (milliseconds passed{0}; passed <= device_lease; passed += device_renewal) {
    stage.pass_unattended(device_renewal);
    const Announced told = stage.renew("b");
    if (passed + device_renewal <= device_lease) EXPECT_THAT(told, ElementsAre());
    if (passed + device_renewal > device_lease) EXPECT_THAT(told, ElementsAre("devices>everyone", "paused>everyone"));
  }
  EXPECT_TRUE(stage.state.active.empty());
  EXPECT_FALSE(stage.state.is_playing());
  EXPECT_EQ(stage.position(), 7);
  EXPECT_THAT(stage.join("a"), ElementsAre("devices>others", "transferred>everyone")) << "its connection returns";
  EXPECT_TRUE(stage.state.is_playing());
}

TEST(PlaybackRules, KeepADeviceThatItsInstanceRenewsLate) {
  Stage stage;
  stage.pass_unattended(seconds{600});
  EXPECT_THAT(stage.renew("a"), ElementsAre("devices>everyone"));
  EXPECT_TRUE(stage.state.find_device(DeviceId{"a"}));
  EXPECT_FALSE(stage.state.find_device(DeviceId{"b"}));
}

TEST(PlaybackRules, NoticeWithinAMinuteThatAnInstanceDied) {
  EXPECT_LT(device_lease + device_renewal + progress_interval, std::chrono::minutes{1});
}

TEST(PlaybackRules, LetAnOlderConnectionLeaveWithoutTheDevice) {
  Stage stage{{"a"}};
  join(stage.state, DeviceId{"a"}, "newer", {}, stage.now);
  stage.leave("a");
  EXPECT_TRUE(stage.state.find_device(DeviceId{"a"}));
  leave(stage.state, DeviceId{"a"}, "newer", stage.now);
  EXPECT_FALSE(stage.state.find_device(DeviceId{"a"}));
}

TEST(PlaybackRules, PutAStateThatWasReadAgainWhereItWasSaved) {
  Stage stage;
  stage.play("a");
  const WallTime saved_at = stage.now + seconds{7};
  stage.pass(seconds{3600});
  revive(stage.state, saved_at);
  EXPECT_EQ(stage.position(), 7);
  EXPECT_FALSE(stage.state.is_playing());
}

TEST(PlaybackRules, WalkThroughTheQueueInBothDirections) {
  Stage stage;
  ASSERT_TRUE(set_queue(stage.state, queue_of({"x", "y", "z"}), stage.now));
  EXPECT_EQ(queue_neighbour(stage.state, true), 0U);
  EXPECT_EQ(queue_neighbour(stage.state, false), std::nullopt);
  stage.play("a", "x");
  EXPECT_EQ(queue_index(stage.state), 0U);
  ASSERT_EQ(queue_neighbour(stage.state, true), 1U);
  ASSERT_TRUE(play_queued(stage.state, DeviceId{"a"}, 1, track_of("y"), stage.now));
  EXPECT_EQ(queue_index(stage.state), 1U);
  EXPECT_EQ(queue_neighbour(stage.state, false), 0U);
  stage.play("a", "elsewhere");
  EXPECT_EQ(queue_index(stage.state), std::nullopt);
  EXPECT_EQ(queue_neighbour(stage.state, true), 2U) << "the queue goes on where it was left";
}

TEST(PlaybackRules, KeepThePlaceAmongEntriesOfTheSameTrack) {
  Stage stage;
  ASSERT_TRUE(set_queue(stage.state, queue_of({"a", "b", "a", "c"}), stage.now));
  ASSERT_TRUE(play_queued(stage.state, DeviceId{"a"}, 2, track_of("a"), stage.now));
  ASSERT_TRUE(set_queue(stage.state, queue_of({"a", "b", "a"}), stage.now));
  EXPECT_EQ(queue_index(stage.state), 2U) << "c was taken out";
  ASSERT_TRUE(set_queue(stage.state, queue_of({"a", "a"}), stage.now));
  EXPECT_EQ(queue_index(stage.state), 1U) << "b was taken out";
  ASSERT_TRUE(set_queue(stage.state, queue_of({"a", "n"}), stage.now));
  EXPECT_EQ(queue_index(stage.state), 0U);
  ASSERT_TRUE(set_queue(stage.state, queue_of({"n"}), stage.now));
  EXPECT_EQ(queue_neighbour(stage.state, true), 0U) << "what plays stands there no more: it begins";
}

TEST(PlaybackRules, PutTheNextTrackBehindTheCurrentOne) {
  Stage stage;
  ASSERT_TRUE(set_queue(stage.state, queue_of({"x", "y"}), stage.now));
  stage.play("a", "x");
  ASSERT_TRUE(add_to_queue(stage.state, TrackId{"n"}, true, stage.now));
  ASSERT_TRUE(add_to_queue(stage.state, TrackId{"l"}, false, stage.now));
  EXPECT_EQ(*stage.state.queue, queue_of({"x", "n", "y", "l"}));
}

TEST(PlaybackRules, BoundTheQueue) {
  Stage stage;
  EXPECT_EQ(set_queue(stage.state, Queue(queue_length_max + 1, TrackId{"x"}), stage.now).error().code,
            TracksErrc::queue_full);
  ASSERT_TRUE(set_queue(stage.state, Queue(queue_length_max, TrackId{"x"}), stage.now));
  EXPECT_EQ(add_to_queue(stage.state, TrackId{"x"}, true, stage.now).error().code, TracksErrc::queue_full);
}

TEST(PlaybackRules, RefuseAQueueEntryThatHasMovedMeanwhile) {
  Stage stage;
  ASSERT_TRUE(set_queue(stage.state, queue_of({"x", "y"}), stage.now));
  EXPECT_FALSE(play_queued(stage.state, DeviceId{"a"}, 0, track_of("y"), stage.now));
  EXPECT_FALSE(drop_queued(stage.state, 0, TrackId{"y"}, stage.now).is_changed);
  EXPECT_TRUE(drop_queued(stage.state, 0, TrackId{"x"}, stage.now).is_changed);
  EXPECT_EQ(*stage.state.queue, queue_of({"y"}));
}

TEST(PlaybackRules, PlayOnTheChosenDeviceAlone) {
  Stage stage{{"a", "b", "c"}};
  stage.play("a");
  EXPECT_EQ(transfer(stage.state, DeviceId{"a"}, DeviceId{"gone"}, stage.now).error().code, TracksErrc::unknown_device);
  EXPECT_THAT(names_of(*transfer(stage.state, DeviceId{"a"}, DeviceId{"b"}, stage.now)),
              ElementsAre("paused>inactive", "playing>active", "transferred>everyone"));
  EXPECT_EQ(stage.state.leader, DeviceId{"b"});
  stage.pass(seconds{4});
  EXPECT_THAT(stage.leave("b"), Contains("paused>others")) << "what was to be heard has gone silent";
  EXPECT_TRUE(stage.state.active.empty());
  EXPECT_EQ(stage.position(), 4);
}

TEST(PlaybackRules, GiveTheChosenDeviceItsPartBackWhenItsConnectionReturns) {
  Stage stage;
  stage.play("a");
  ASSERT_TRUE(transfer(stage.state, DeviceId{"a"}, DeviceId{"b"}, stage.now));
  stage.pass(seconds{4});
  stage.leave("b");
  stage.pass(seconds{2});
  EXPECT_THAT(stage.join("b"), ElementsAre("devices>others", "transferred>everyone"));
  EXPECT_EQ(stage.state.active, DeviceId{"b"});
  EXPECT_TRUE(stage.state.is_playing());
  EXPECT_EQ(stage.position(), 6) << "it has played on meanwhile";
  EXPECT_THAT(stage.listen("b", 6, seconds{5}), testing::IsEmpty());
}

TEST(PlaybackRules, GiveNothingBackOnceSomebodyHasCommanded) {
  Stage stage;
  stage.play("a");
  ASSERT_TRUE(transfer(stage.state, DeviceId{"a"}, DeviceId{"b"}, stage.now));
  stage.leave("b");
  stage.play("a");
  EXPECT_THAT(stage.join("b"), ElementsAre("devices>others"));
  EXPECT_TRUE(stage.state.active.empty());
}

TEST(PlaybackRules, TakeTheHttpRoutesWordAndTellOnWhatIsNews) {
  Stage stage;
  const auto update = [&](double at, bool is_playing) {
    return names_of(tracks::update(stage.state, {}, track_of("x"), Stage::to_position(at), is_playing, stage.now));
  };
  EXPECT_THAT(update(10, true), ElementsAre("updated>others"));
  stage.pass(seconds{1});
  EXPECT_THAT(update(11.5, true), ElementsAre());
  EXPECT_EQ(stage.position(), 11.5);
  EXPECT_THAT(update(13.5, true), ElementsAre("updated>others"));
  EXPECT_THAT(update(13.5, false), ElementsAre("updated>others"));
}

TEST(PlaybackRules, BoundTheListOfDevices) {
  Stage stage{{}};
  for (std::size_t i = 0; i < devices_max + 3; ++i) stage.join("d" + std::to_string(i));
  EXPECT_EQ(stage.state.devices.size(), devices_max);
}

}  // namespace
}  // namespace pulso::tracks
