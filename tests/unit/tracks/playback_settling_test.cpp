// Pages that all answer each other have to settle, whatever the network and the browser do.
#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

#include "unit/tracks/seed_clients.h"

namespace pulso::tracks {
namespace {

using std::chrono::seconds;

constexpr unsigned round_count = 300;

/// The most that `page` was corrected within any ten seconds.
std::size_t corrections_in_ten_seconds(const SeedPages::Page& page) {
  std::size_t most = 0;
  for (std::size_t i = 0; i < page.corrected_at.size(); ++i) {
    std::size_t count = 0;
    for (const milliseconds time : page.corrected_at) {
      if (time >= page.corrected_at[i] && time < page.corrected_at[i] + seconds{10}) ++count;
    }
    most = std::max(most, count);
  }
  return most;
}

class Settling : public testing::TestWithParam<bool> {};

TEST_P(Settling, AfterAPlayNobodyIsCorrectedMoreThanOnceAndAllPlayTogether) {
  for (unsigned round = 0; round < round_count; ++round) {
    SCOPED_TRACE(round);
    SeedPages pages{round};
    auto& first = pages.open("a", true);
    auto& second = pages.open("b", GetParam());
    pages.run(pages.some(0, 2000));
    pages.click_play(first);
    pages.run(seconds{60});
    EXPECT_TRUE(pages.state().is_playing());
    EXPECT_EQ(pages.state().leader, DeviceId{"a"});
    EXPECT_FALSE(first.is_paused);
    EXPECT_LE(corrections_in_ten_seconds(first), 1U);
    EXPECT_LE(corrections_in_ten_seconds(second), 1U);
    EXPECT_LE(first.corrected_at.size() + second.corrected_at.size(), 1U) << "it settles for good";
    EXPECT_NEAR(pages.time_of(first), pages.server_position(), 1);
    if (GetParam()) EXPECT_NEAR(pages.time_of(first), pages.time_of(second), 1.9);
    EXPECT_NEAR(pages.server_position(), 60, 3);
  }
}

TEST_P(Settling, TheOthersStayWithALeaderThatIsHeldUpAgainAndAgain) {
  if (!GetParam()) GTEST_SKIP() << "who may not play lags behind nobody";
  for (unsigned round = 0; round < round_count; ++round) {
    SCOPED_TRACE(round);
    SeedPages pages{round};
    auto& leader = pages.open("a", true);
    auto& follower = pages.open("b", true);
    pages.click_play(leader);
    pages.run(seconds{5});
    for (int stall = 0; stall < 12; ++stall) {
      pages.stall(leader, seconds{3});
      pages.run(seconds{5});
      // Between two corrections the leader stands for seven.
      EXPECT_LE(std::abs(pages.time_of(leader) - pages.time_of(follower)), 10) << "stall " << stall;
    }
    EXPECT_EQ(pages.state().leader, DeviceId{"a"});
    EXPECT_LE(corrections_in_ten_seconds(follower), 1U);
    EXPECT_EQ(leader.corrected_at.size(), 0U);
    pages.run(seconds{15});
    EXPECT_NEAR(pages.time_of(leader), pages.time_of(follower), 1.9);
  }
}

TEST_P(Settling, WhateverIsClickedTheLastClickHolds) {
  for (unsigned round = 0; round < round_count; ++round) {
    SCOPED_TRACE(round);
    SeedPages pages{round};
    auto& first = pages.open("a", true);
    auto& second = pages.open("b", GetParam());
    bool is_playing = false;
    for (int click = 0; click < 12; ++click) {
      auto& page = pages.some(0, 1) == milliseconds{0} ? first : second;
      is_playing = !is_playing;
      is_playing ? pages.click_play(page) : pages.click_pause(page);
      pages.run(pages.some(700, 6000));
      EXPECT_EQ(pages.state().is_playing(), is_playing) << "click " << click;
    }
    pages.run(seconds{15});
    const std::size_t corrections = first.corrected_at.size() + second.corrected_at.size();
    pages.run(seconds{30});
    EXPECT_EQ(first.corrected_at.size() + second.corrected_at.size(), corrections) << "it settles for good";
    EXPECT_EQ(pages.state().is_playing(), is_playing);
    EXPECT_EQ(first.is_paused || !first.may_play, !is_playing || !first.may_play);
    EXPECT_EQ(second.is_paused || !second.may_play, !is_playing || !second.may_play);
  }
}

INSTANTIATE_TEST_SUITE_P(Pages, Settling, testing::Bool(), [](const testing::TestParamInfo<bool>& may) {
  return may.param ? "all_may_play" : "autoplay_blocked";
});

}  // namespace
}  // namespace pulso::tracks
