#include "features/tracks/recent_tracks.h"

#include <string>

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace pulso::tracks {
namespace {

Track track_of(const std::string& id, const std::string& file = "a.wav") {
  Track track;
  track.id = TrackId{id};
  track.file = file;
  return track;
}

class RecentTracksTest : public testing::Test {
 protected:
  support::FakeClock clock_;
  RecentTracks recent_{clock_};
};

TEST_F(RecentTracksTest, GivesWhatWasKeptUntilItsLifetimeIsOver) {
  EXPECT_EQ(recent_.find(TrackId{"one"}), nullptr);
  EXPECT_EQ(recent_.keep(track_of("one"))->file, "a.wav");
  clock_.advance(RecentTracks::lifetime - milliseconds{1});
  ASSERT_NE(recent_.find(TrackId{"one"}), nullptr);
  EXPECT_EQ(recent_.find(TrackId{"one"})->file, "a.wav");
  clock_.advance(milliseconds{1});
  EXPECT_EQ(recent_.find(TrackId{"one"}), nullptr);
}

TEST_F(RecentTracksTest, AskingDoesNotProlongTheLifetimeButKeepingDoes) {
  recent_.keep(track_of("one"));
  clock_.advance(RecentTracks::lifetime / 2);
  EXPECT_NE(recent_.find(TrackId{"one"}), nullptr);
  clock_.advance(RecentTracks::lifetime / 2);
  EXPECT_EQ(recent_.find(TrackId{"one"}), nullptr);
  recent_.keep(track_of("one", "b.wav"));
  EXPECT_EQ(recent_.find(TrackId{"one"})->file, "b.wav");
}

TEST_F(RecentTracksTest, ForgetsAtOnceWhileWhoHoldsItGoesOn) {
  const auto held = recent_.keep(track_of("one"));
  recent_.keep(track_of("two"));
  recent_.forget(TrackId{"one"});
  EXPECT_EQ(recent_.find(TrackId{"one"}), nullptr);
  EXPECT_NE(recent_.find(TrackId{"two"}), nullptr);
  EXPECT_EQ(held->file, "a.wav");
}

TEST_F(RecentTracksTest, IsBoundedAndLetsTheOutlivedGoFirst) {
  for (std::size_t i = 0; i < RecentTracks::count_max; ++i) recent_.keep(track_of("old" + std::to_string(i)));
  clock_.advance(RecentTracks::lifetime);
  recent_.keep(track_of("first"));
  for (std::size_t i = 1; i < RecentTracks::count_max; ++i) recent_.keep(track_of("new" + std::to_string(i)));
  EXPECT_NE(recent_.find(TrackId{"first"}), nullptr);  // room enough without it

  for (std::size_t i = 0; i < 10; ++i) recent_.keep(track_of("more" + std::to_string(i)));
  std::size_t kept = recent_.find(TrackId{"first"}) ? 1 : 0;
  for (std::size_t i = 0; i < RecentTracks::count_max; ++i) {
    for (const char* name : {"new", "more"}) kept += recent_.find(TrackId{name + std::to_string(i)}) ? 1 : 0;
  }
  EXPECT_EQ(kept, RecentTracks::count_max);
}

}  // namespace
}  // namespace pulso::tracks
