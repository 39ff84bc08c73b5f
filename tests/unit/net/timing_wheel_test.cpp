#include "net/timing_wheel.h"

#include <functional>
#include <stdexcept>

#include <gtest/gtest.h>

namespace pulso::net {
namespace {

struct Timer final : TimerNode {
  std::function<void()> action = [] {};
  int fired = 0;
  void on_timer() override {
    ++fired;
    action();
  }
};

class TimingWheelTest : public testing::Test {
 protected:
  void advance(milliseconds by) {
    now_ += by;
    wheel_.advance(now_);
  }
  SteadyTime now_{std::chrono::hours{1}};
  TimingWheel wheel_{now_};
  Timer timer_;
};

TEST_F(TimingWheelTest, fires_once_and_not_early) {
  wheel_.arm(timer_, milliseconds{1000});
  advance(milliseconds{999});
  EXPECT_EQ(timer_.fired, 0);
  advance(milliseconds{1});
  EXPECT_EQ(timer_.fired, 1);
  advance(milliseconds{500'000});
  EXPECT_EQ(timer_.fired, 1);
}

TEST_F(TimingWheelTest, goes_around_for_delays_longer_than_a_turn) {
  wheel_.arm(timer_, milliseconds{250'000});
  advance(milliseconds{249'900});
  EXPECT_EQ(timer_.fired, 0);
  advance(milliseconds{100});
  EXPECT_EQ(timer_.fired, 1);
}

TEST_F(TimingWheelTest, is_cancelled_by_hand_by_arming_anew_and_by_destruction) {
  wheel_.arm(timer_, milliseconds{300});
  wheel_.cancel(timer_);
  advance(milliseconds{1000});
  EXPECT_EQ(timer_.fired, 0);

  wheel_.arm(timer_, milliseconds{300});
  wheel_.arm(timer_, milliseconds{900});
  advance(milliseconds{800});
  EXPECT_EQ(timer_.fired, 0);
  advance(milliseconds{100});
  EXPECT_EQ(timer_.fired, 1);

  {
    Timer gone;
    wheel_.arm(gone, milliseconds{100});
  }
  advance(milliseconds{200});
}

TEST_F(TimingWheelTest, lets_a_timer_re_arm_itself_and_destroy_its_neighbour) {
  auto neighbour = std::make_unique<Timer>();
  timer_.action = [&] {
    neighbour.reset();
    wheel_.arm(timer_, TimingWheel::tick * TimingWheel::slot_count);  // the very slot that is being emptied
  };
  wheel_.arm(timer_, milliseconds{100});
  wheel_.arm(*neighbour, milliseconds{100});
  advance(milliseconds{100});
  EXPECT_EQ(timer_.fired, 1);
  EXPECT_FALSE(neighbour);
  advance(TimingWheel::tick * (TimingWheel::slot_count - 1));
  EXPECT_EQ(timer_.fired, 1);
  advance(TimingWheel::tick);
  EXPECT_EQ(timer_.fired, 2);
}

TEST_F(TimingWheelTest, goes_on_when_a_timer_throws) {
  Timer second;
  timer_.action = [] { throw std::runtime_error{"a mistake"}; };
  wheel_.arm(timer_, milliseconds{100});
  wheel_.arm(second, milliseconds{100});
  advance(milliseconds{100});
  EXPECT_EQ(second.fired, 1);
  wheel_.arm(second, milliseconds{100});
  advance(milliseconds{100});
  EXPECT_EQ(second.fired, 2);
}

TEST_F(TimingWheelTest, catches_up_after_a_stall_in_order) {
  std::vector<int> order;
  Timer early, late;
  early.action = [&] { order.push_back(1); };
  late.action = [&] { order.push_back(2); };
  wheel_.arm(late, milliseconds{5000});
  wheel_.arm(early, milliseconds{200});
  advance(milliseconds{60'000});
  EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST_F(TimingWheelTest, gives_what_is_armed_while_it_catches_up_its_whole_time) {
  timer_.action = [&] {
    if (timer_.fired == 1) wheel_.arm(timer_, milliseconds{500});
  };
  wheel_.arm(timer_, milliseconds{100});
  advance(milliseconds{10'000});
  EXPECT_EQ(timer_.fired, 1);
  advance(milliseconds{400});
  EXPECT_EQ(timer_.fired, 1);
  advance(milliseconds{100});
  EXPECT_EQ(timer_.fired, 2);
}

}  // namespace
}  // namespace pulso::net
