#include "features/tracks/playback_reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/tracks/playback_fixture.h"

namespace pulso::tracks {
namespace {

using std::chrono::seconds;
using testing::IsEmpty;

const Announced nothing;
const Announced to_others{"updated>others"};
const Announced correction{"updated>sender"};

TEST(PlaybackReports, SayNothingNewWhileADevicePlaysAsExpected) {
  Stage stage;
  stage.play("a");
  EXPECT_THAT(stage.listen("a", 0, seconds{60}), IsEmpty());
  EXPECT_NEAR(stage.position(), 60, 0.01);
}

TEST(PlaybackReports, OfTheLeaderMoveTheExpectationSilentlyWithinTheTolerance) {
  Stage stage;
  stage.play("a");
  stage.pass(seconds{3});
  EXPECT_EQ(stage.report("a", 1.8), nothing);
  EXPECT_NEAR(stage.position(), 1.8, 0.01);
}

TEST(PlaybackReports, OfAFollowerDoNotMoveTheExpectation) {
  Stage stage;
  stage.play("a");
  stage.report("a", 0);
  stage.pass(seconds{3});
  EXPECT_EQ(stage.report("b", 1.8), nothing);
  EXPECT_NEAR(stage.position(), 3, 0.01);
}

TEST(PlaybackReports, TakeAJumpOfTheLeaderForASeek) {
  Stage stage;
  stage.play("a");
  EXPECT_EQ(stage.report("a", 42), to_others);
  EXPECT_NEAR(stage.position(), 42, 0.01);
  stage.pass(seconds{1});
  EXPECT_EQ(stage.report("a", 5), to_others);
  EXPECT_NEAR(stage.position(), 5, 0.01);
}

TEST(PlaybackReports, TakeAJumpInAFollowersOwnTimelineForASeekAndLetItLead) {
  Stage stage;
  stage.play("a");
  stage.report("a", 0);
  stage.report("b", 0);
  stage.pass(seconds{1});
  EXPECT_EQ(stage.report("b", 42), to_others);
  EXPECT_EQ(stage.state.leader, DeviceId{"b"});
  EXPECT_NEAR(stage.position(), 42, 0.01);
}

TEST(PlaybackReports, GetALaggingFollowerCorrectedAloneAndAtMostOnceInTenSeconds) {
  Stage stage;
  stage.play("a", "x", 60);
  stage.report("a", 60);
  EXPECT_EQ(stage.report("b", 50), correction);
  for (int i = 0; i < 43; ++i) {
    stage.pass(milliseconds{250});
    EXPECT_EQ(stage.report("b", 50 + 0.25 * i), nothing);
  }
  stage.pass(milliseconds{250});
  EXPECT_EQ(stage.report("b", 60), correction);
  EXPECT_EQ(stage.state.leader, DeviceId{"a"});
}

TEST(PlaybackReports, DoNotTakeAStallOfAFollowerForASeek) {
  Stage stage;
  stage.play("a");
  stage.report("a", 0);
  stage.report("b", 0);
  stage.pass(seconds{5});
  stage.report("a", 5);
  EXPECT_EQ(stage.report("b", 0.5), correction);
  EXPECT_NEAR(stage.position(), 5, 0.01);
}

TEST(PlaybackReports, LetTheExpectationFollowALeaderThatWasHeldUp) {
  Stage stage;
  stage.play("a");
  stage.report("a", 0);
  stage.pass(seconds{5});
  EXPECT_EQ(stage.report("a", 1), (Announced{"updated>silent_others"}));
  EXPECT_NEAR(stage.position(), 1, 0.01);
  stage.pass(seconds{5});
  EXPECT_EQ(stage.report("a", 3), nothing) << "at most once in ten seconds";
  EXPECT_NEAR(stage.position(), 3, 0.01);
}

TEST(PlaybackReports, OfABrowserThatBlocksAutoplayPauseNobody) {
  Stage stage;
  stage.play("a");
  stage.report("a", 0);
  for (int i = 0; i < 100; ++i) {
    stage.pass(milliseconds{250});
    EXPECT_EQ(stage.report("b", 0, false), nothing);
  }
  EXPECT_TRUE(stage.state.is_playing());
}

TEST(PlaybackReports, PauseTheOthersWhenADeviceThatWasSeenPlayingPauses) {
  Stage stage;
  stage.play("a");
  stage.report("b", 0);
  stage.pass(seconds{2});
  EXPECT_EQ(stage.report("b", 2, false), to_others);
  EXPECT_FALSE(stage.state.is_playing());
  EXPECT_NEAR(stage.position(), 2, 0.01);
  EXPECT_EQ(stage.state.leader, DeviceId{"b"});
}

TEST(PlaybackReports, ResumeWhenADeviceThatWasSeenPausedPlaysAgain) {
  Stage stage;
  stage.play("a");
  stage.report("a", 0);
  stage.report("b", 0);
  stage.pass(seconds{2});
  stage.pause("a", 2);
  EXPECT_EQ(stage.report("b", 2.1), nothing) << "still on its way when the pause was told";
  EXPECT_EQ(stage.report("b", 2.2, false), nothing);
  stage.pass(seconds{2});
  EXPECT_EQ(stage.report("b", 2.4), to_others);
  EXPECT_TRUE(stage.state.is_playing());
}

TEST(PlaybackReports, OfADeviceThatPausesAndResumesQuicklyByItselfAreAllNews) {
  Stage stage;
  stage.play("a");
  stage.report("a", 0);
  EXPECT_EQ(stage.report("a", 0.1, false), to_others);
  EXPECT_EQ(stage.report("a", 0.1), to_others);
  EXPECT_EQ(stage.report("a", 0.2, false), to_others);
}

TEST(PlaybackReports, TellADeviceAgainThatPlaysOnAfterAPause) {
  Stage stage;
  stage.play("a");
  stage.report("b", 0);
  stage.pass(seconds{3});
  stage.pause("a", 3);
  stage.pass(seconds{3});
  EXPECT_EQ(stage.report("b", 6), correction);
  EXPECT_FALSE(stage.state.is_playing());
}

TEST(PlaybackReports, ThatAreOfBeforeACommandChangeNothing) {
  Stage stage;
  stage.play("a", "x", 100);
  stage.listen("a", 100, seconds{2});
  stage.listen("b", 102, seconds{2});
  stage.play("a");  // the same from its start, as the seed's client does
  EXPECT_EQ(stage.report("a", 104.1), nothing);
  EXPECT_EQ(stage.report("b", 104.1), nothing);
  stage.pass(milliseconds{400});
  EXPECT_EQ(stage.report("a", 0.1), nothing);
  EXPECT_EQ(stage.report("b", 0.2), nothing);
  EXPECT_NEAR(stage.position(), 0.1, 0.01);
}

TEST(PlaybackReports, OfAnEarlierTrackChangeNothing) {
  Stage stage;
  stage.play("a");
  stage.listen("a", 0, seconds{3});
  stage.report("b", 3);
  stage.play("b", "y");
  EXPECT_EQ(stage.report("a", 3.2), nothing);
  EXPECT_EQ(stage.report("b", 3.2), nothing);
  EXPECT_EQ(stage.state.track.id, TrackId{"y"});
}

TEST(PlaybackReports, ThatKnewAnOlderStateChangeNothing) {
  Stage stage;
  stage.play("a");
  const std::uint64_t before = stage.state.revision;
  stage.seek("b", 90);
  const Report report{.timeline = {.track = TrackId{"x"}, .position = seconds{30}, .at = stage.now, .is_playing = true},
                      .revision = before};
  const Decision decision = judge(stage.state, stage.views["b"], DeviceId{"b"}, report, nullptr, stage.now);
  EXPECT_FALSE(decision.is_changed);
  EXPECT_TRUE(decision.notices.empty());
  EXPECT_NEAR(stage.position(), 90, 0.01);
}

TEST(PlaybackReports, ThatStillKnowAnOlderStateAreCorrected) {
  Stage stage;
  stage.play("a");
  const std::uint64_t before = stage.state.revision;
  stage.seek("b", 90);
  stage.pass(echo_window + milliseconds{1});
  const Report report{.timeline = {.track = TrackId{"x"}, .position = seconds{35}, .at = stage.now, .is_playing = true},
                      .revision = before};
  const Decision decision = judge(stage.state, stage.views["a"], DeviceId{"a"}, report, nullptr, stage.now);
  EXPECT_FALSE(decision.is_changed);
  ASSERT_EQ(decision.notices.size(), 1U);
  EXPECT_EQ(decision.notices[0].announcement, Announcement::updated);
  EXPECT_EQ(decision.notices[0].audience, Audience::sender);
}

TEST(PlaybackReports, FromTwoThatAnswerTwoQuickSeeksDoNotLeadBack) {
  Stage stage;
  stage.play("a");
  stage.listen("a", 0, seconds{2});
  stage.listen("b", 2, seconds{2});
  stage.seek("a", 60);
  stage.pass(milliseconds{300});
  stage.seek("a", 90);
  EXPECT_EQ(stage.report("b", 60), correction) << "an answer to the first";
  stage.pass(milliseconds{300});
  EXPECT_EQ(stage.report("b", 90.2), nothing);
  EXPECT_EQ(stage.state.leader, DeviceId{"a"});
}

TEST(PlaybackReports, TellOfAnotherTrackThatTheLeaderPlays) {
  Stage stage;
  stage.play("a");
  stage.report("a", 0);
  EXPECT_EQ(stage.report("a", 7, true, "y"), to_others);
  EXPECT_EQ(stage.state.track.id, TrackId{"y"});
}

TEST(PlaybackReports, AtTheEndOfTheTrackAreNoPauseAndNoResumption) {
  Stage stage;
  stage.play("a", "x", 298);
  stage.report("a", 298);
  stage.report("b", 298);
  stage.pass(milliseconds{1500});
  EXPECT_EQ(stage.report("b", 300, false), nothing);
  EXPECT_TRUE(stage.state.is_playing());
  stage.pass(seconds{1});
  EXPECT_EQ(stage.report("a", 299.9), nothing);
  EXPECT_FALSE(stage.state.is_playing());
  EXPECT_EQ(stage.position(), 300);
}

TEST(PlaybackReports, GiveTheLeadToTheFirstThatPlaysWhenNobodyHasIt) {
  Stage stage;
  stage.play("");
  EXPECT_EQ(stage.report("b", 0), nothing);
  EXPECT_EQ(stage.state.leader, DeviceId{"b"});
}

TEST(PlaybackReports, GoOnWhereTheLastDeviceLeftWhenOneComesBackPlaying) {
  Stage stage{{"a"}};
  stage.play("a");
  stage.listen("a", 0, seconds{5});
  stage.leave("a");
  EXPECT_FALSE(stage.state.is_playing());
  stage.pass(seconds{2});
  stage.join("a2");
  EXPECT_EQ(stage.report("a2", 7), to_others);
  EXPECT_TRUE(stage.state.is_playing());
  EXPECT_NEAR(stage.position(), 7, 0.01);
}

TEST(PlaybackReports, OfADeviceThatComesAfterAPauseDoNotUndoIt) {
  Stage stage;
  stage.play("a");
  stage.pass(seconds{5});
  stage.pause("a", 5);
  stage.pass(seconds{5});
  stage.join("c");
  EXPECT_EQ(stage.report("c", 40), correction);
  EXPECT_FALSE(stage.state.is_playing());
}

TEST(PlaybackReports, OfDevicesThatAreNotToBeHeardChangeNothing) {
  Stage stage;
  stage.play("a");
  stage.report("a", 0);
  stage.report("b", 0);
  ASSERT_TRUE(transfer(stage.state, DeviceId{"a"}, DeviceId{"b"}, stage.now));
  EXPECT_EQ(stage.report("a", 0.1, false), nothing);
  EXPECT_TRUE(stage.state.is_playing());
  stage.report("b", 0.2);
  stage.pass(seconds{1});
  EXPECT_EQ(stage.report("b", 1.2, false), to_others);
}

TEST(PlaybackReports, BeforeAnythingWasPlayedStartIt) {
  Stage stage;
  EXPECT_EQ(stage.report("a", 3, false), nothing);
  EXPECT_FALSE(stage.state.has_track());
  EXPECT_EQ(stage.report("a", 3), to_others);
  EXPECT_EQ(stage.state.track.id, TrackId{"x"});
}

}  // namespace
}  // namespace pulso::tracks
