#include <array>
#include <future>
#include <mutex>
#include <vector>

#include <gtest/gtest.h>

#include "bus/redis_client.h"
#include "features/tracks/memory_playback_states.h"
#include "features/tracks/playback_codec.h"
#include "features/tracks/redis_playback_states.h"
#include "store/migrations.h"
#include "support/fake_clock.h"
#include "support/loop.h"
#include "support/redis_server.h"
#include "support/temporary_folder.h"
#include "unit/tracks/playback_fixture.h"

// Both implementations of PlaybackStates are held to one behaviour here.
namespace pulso::tracks {
namespace {

enum class Kind { memory, redis };

const UserId ana{"ana"};
const UserId luz{"luz"};

Decision set_volume_to(Playback& state, double volume) {
  return set_volume(state, volume, WallTime{});
}

class PlaybackStatesConformance : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::memory) {
      database_ = open_database();
    } else {
      redis_ = bus::create_redis_client(bus::parse_redis_url(server().url()).value(), metrics_);
      EXPECT_TRUE(support::eventually([this] { return redis_->is_connected(); }));
      EXPECT_NE(server().run({"FLUSHALL"}), "-");
    }
    states_ = create();
  }
  void TearDown() override {
    states_->finish(milliseconds{5000});
    if (database_) database_->close();
    redis_.reset();
  }

  static support::RedisServer& server() {
    static support::RedisServer shared;
    return shared;
  }
  std::unique_ptr<store::Database> open_database() {
    auto database = store::Database::open({.url = "sqlite:///" + folder_.file("test.db")});
    EXPECT_TRUE(database && store::migrate(**database, PlaybackStore::migrations()));
    store_ = std::make_unique<PlaybackStore>(**database);
    return *std::move(database);
  }
  /// Another one on the same engine: another instance, or the next start.
  std::shared_ptr<PlaybackStates> create() {
    if (GetParam() == Kind::memory) return std::make_shared<MemoryPlaybackStates>(clock_, *store_);
    return std::make_shared<RedisPlaybackStates>(clock_, *redis_);
  }
  Result<Playback> decide(const UserId& user, PlaybackStates::Rule rule) {
    return loop_.run(
        states_->decide(user, std::move(rule), [this](const Playback&, const Decision& decision, WallTime) {
          const std::lock_guard lock{mutex_};
          announced_.push_back(names_of(decision));
        }));
  }
  Result<Playback> read(const UserId& user) {
    return decide(user, [](Playback&, WallTime) { return Decision{}; });
  }

  support::TemporaryFolder folder_;
  support::FakeClock clock_;
  ops::Metrics metrics_;
  support::Loop loop_;
  std::array<support::Loop, 4> loops_;  // of other shards; the database still posts to them while a test ends
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<PlaybackStore> store_;
  std::unique_ptr<bus::RedisClient> redis_;
  std::shared_ptr<PlaybackStates> states_;
  std::mutex mutex_;
  std::vector<Announced> announced_;
};

TEST_P(PlaybackStatesConformance, KeepsWhatWasDecidedForEachUserAndAnnouncesItOnce) {
  EXPECT_EQ(read(ana)->revision, 0U);
  ASSERT_TRUE(decide(ana, [](Playback& state, WallTime) { return set_volume_to(state, 0.5); }));
  EXPECT_EQ(read(ana)->volume, 0.5);
  EXPECT_EQ(read(luz)->volume, 1);
  EXPECT_EQ(announced_, (std::vector<Announced>{{}, {"volume>everyone"}, {}, {}}));
}

TEST_P(PlaybackStatesConformance, ForgetsWhatARuleDidWithoutDecidingToKeepIt) {
  ASSERT_TRUE(decide(ana, [](Playback& state, WallTime) {
    state.volume = 0.1;
    return Decision{};
  }));
  EXPECT_EQ(read(ana)->volume, 1);
}

TEST_P(PlaybackStatesConformance, LosesNoDecisionOfManyAtOnce) {
  constexpr int count = 40;
  std::vector<std::future<Result<Playback>>> answers;
  for (int i = 0; i < count; ++i) {
    const auto rule = [](Playback& state, WallTime now) { return *add_to_queue(state, TrackId{"t"}, false, now); };
    answers.push_back(loops_[static_cast<std::size_t>(i) % loops_.size()].start(
        states_->decide(ana, rule, [](const Playback&, const Decision&, WallTime) {})));
  }
  std::size_t kept = 0;
  for (auto& answer : answers) kept += answer.get() ? 1 : 0;
  EXPECT_EQ(read(ana)->queue->size(), kept);
  EXPECT_GE(kept, 20U);
}

TEST_P(PlaybackStatesConformance, LetsTheNextStartGoOnFromThere) {
  ASSERT_TRUE(decide(ana, [](Playback& state, WallTime now) {
    return play(state, DeviceId{"a"}, track_of("x"), milliseconds{7000}, now);
  }));
  states_->finish(milliseconds{5000});
  clock_.advance(std::chrono::hours{1});
  states_ = create();
  const auto state = read(ana);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->track.id, TrackId{"x"});
  EXPECT_EQ(state->track.title, "Title of x");
  if (GetParam() == Kind::memory) {
    EXPECT_FALSE(state->is_playing());
    EXPECT_EQ(state->timeline.position, milliseconds{7000});
  }
}

TEST_P(PlaybackStatesConformance, KnowsAfterADeathHowFarItHadPlayed) {
  if (GetParam() == Kind::redis) GTEST_SKIP() << "Redis does not die with an instance";
  ASSERT_TRUE(decide(ana, [](Playback& state, WallTime now) {
    join(state, DeviceId{"a"}, "connection", {}, now);
    return play(state, DeviceId{"a"}, track_of("x"), milliseconds{7000}, now);
  }));
  states_->finish(milliseconds{5000});
  clock_.advance(std::chrono::seconds{4});
  states_->keep_progress();
  states_->finish(milliseconds{5000});
  clock_.advance(std::chrono::hours{1});
  states_ = create();
  EXPECT_EQ(read(ana)->timeline.position, milliseconds{11000});
}

TEST_P(PlaybackStatesConformance, FailsWithoutItsEngineAndChangesNothing) {
  if (GetParam() == Kind::memory) {
    database_->close();
  } else {
    redis_ = bus::create_redis_client(bus::parse_redis_url("redis://127.0.0.1:1").value(), metrics_);
    states_ = create();
  }
  const auto answer = decide(luz, [](Playback& state, WallTime) { return set_volume_to(state, 0.5); });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, make_error_code(Errc::unavailable));
  EXPECT_TRUE(announced_.empty());
}

INSTANTIATE_TEST_SUITE_P(Both, PlaybackStatesConformance, testing::Values(Kind::memory, Kind::redis),
                         [](const testing::TestParamInfo<Kind>& kind) {
                           return kind.param == Kind::memory ? "memory" : "redis";
                         });

TEST(PlaybackCodec, ReadsWhatItWrites) {
  Stage stage;
  stage.play("a", "x", 3);
  stage.report("a", 3);
  ASSERT_TRUE(set_queue(stage.state, {TrackId{"x"}, TrackId{"y"}}, stage.now));
  ASSERT_TRUE(transfer(stage.state, DeviceId{"a"}, DeviceId{"b"}, stage.now));
  set_volume(stage.state, 0.25, stage.now);
  stage.leave("b");
  stage.state.requests = {"r1", "r2"};
  const auto read = parse_playback(encode_playback(stage.state));
  ASSERT_TRUE(read);
  EXPECT_EQ(encode_playback(*read), encode_playback(stage.state));
  EXPECT_EQ(read->timeline.position, stage.state.timeline.position);
  EXPECT_EQ(read->devices.size(), 1U);
  EXPECT_EQ(read->lost_active.device, DeviceId{"b"});
  EXPECT_TRUE(read->find_device(DeviceId{"a"})->is_heard);
  EXPECT_EQ(*read->queue, *stage.state.queue);
}

TEST(PlaybackCodec, TakesWhatItCannotReadForNothing) {
  EXPECT_FALSE(parse_playback("{"));
  EXPECT_FALSE(parse_playback("[]"));
  const auto bare = parse_playback("{}");
  ASSERT_TRUE(bare);
  EXPECT_FALSE(bare->has_track());
  EXPECT_EQ(bare->volume, 1);
}

}  // namespace
}  // namespace pulso::tracks
