#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace pulso::net {

/// One timer of a wheel, inline in its owner. Leaves the wheel when it is destroyed.
class TimerNode {
 public:
  TimerNode() = default;
  TimerNode(const TimerNode&) = delete;
  TimerNode& operator=(const TimerNode&) = delete;

 protected:
  /// Within one tick of the time asked for. The timer is off again; it may be armed anew or destroyed here.
  virtual void on_timer() = 0;
  virtual ~TimerNode() { unlink(); }

 private:
  friend class TimingWheel;
  void unlink() noexcept;
  TimerNode* previous_ = nullptr;
  TimerNode* next_ = nullptr;
  std::uint64_t due_tick_ = 0;
};

/// Timers of one shard: arming and cancelling cost two pointer writes, and ten thousand idle connections cost no timer
/// of the operating system's. Resolution 10 ms; a timer further off than one turn of the wheel goes around.
class TimingWheel {
 public:
  static constexpr milliseconds tick{10};
  static constexpr std::size_t slot_count = 4096;

  explicit TimingWheel(SteadyTime start) noexcept;
  /// Arms or re-arms. A delay below one tick fires with the next.
  void arm(TimerNode& node, milliseconds delay) noexcept;
  void cancel(TimerNode& node) noexcept { node.unlink(); }
  /// Fires what is due. Called every tick; catches up after a stall. What is armed meanwhile counts from `now`, so that
  /// a peer that is asked something has its time to answer, however long the loop stood still.
  void advance(SteadyTime now);

 private:
  struct Head final : TimerNode {
    void on_timer() override {}
  };
  void link(TimerNode& node, TimerNode& head) noexcept;
  static void fire(TimerNode& node) noexcept;

  SteadyTime start_;
  std::uint64_t now_tick_ = 0;     ///< whose slot has fired
  std::uint64_t target_tick_ = 0;  ///< ahead of `now_tick_` while it catches up
  std::array<Head, slot_count> slots_;
};

}  // namespace pulso::net
