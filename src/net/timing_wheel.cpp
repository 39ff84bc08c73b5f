#include "net/timing_wheel.h"

#include <algorithm>
#include <exception>

#include "ops/log.h"

namespace pulso::net {

void TimerNode::unlink() noexcept {
  if (!next_) return;
  previous_->next_ = next_;
  next_->previous_ = previous_;
  next_ = previous_ = nullptr;
}

TimingWheel::TimingWheel(SteadyTime start) noexcept : start_(start) {
  for (Head& head : slots_) head.next_ = head.previous_ = &head;
}

void TimingWheel::link(TimerNode& node, TimerNode& head) noexcept {
  node.previous_ = head.previous_;
  node.next_ = &head;
  head.previous_->next_ = &node;
  head.previous_ = &node;
}

void TimingWheel::arm(TimerNode& node, milliseconds delay) noexcept {
  node.unlink();
  const auto ticks = std::max<std::int64_t>(1, (delay + tick - milliseconds{1}) / tick);
  node.due_tick_ = target_tick_ + static_cast<std::uint64_t>(ticks);
  link(node, slots_[node.due_tick_ % slot_count]);
}

void TimingWheel::fire(TimerNode& node) noexcept {
  try {
    node.on_timer();
  } catch (const std::exception& error) {
    // The timers of all others go on.
    ops::log_error("net", "a timer let an exception escape", {{"error", error.what()}});
  }
}

void TimingWheel::advance(SteadyTime now) {
  const auto tick_of_now = static_cast<std::uint64_t>(std::max<std::int64_t>(0, (now - start_) / tick));
  target_tick_ = std::max(target_tick_, tick_of_now);
  while (now_tick_ < target_tick_) {
    ++now_tick_;
    // The slot's timers move to a list of their own first: one that re-arms itself for a whole turn comes back here.
    Head due;
    due.next_ = due.previous_ = &due;
    Head& slot = slots_[now_tick_ % slot_count];
    if (slot.next_ != &slot) {
      due.next_ = slot.next_;
      due.previous_ = slot.previous_;
      due.next_->previous_ = due.previous_->next_ = &due;
      slot.next_ = slot.previous_ = &slot;
    }
    while (due.next_ != &due) {
      TimerNode& node = *due.next_;
      node.unlink();
      if (node.due_tick_ > now_tick_) {
        link(node, slots_[node.due_tick_ % slot_count]);
      } else {
        fire(node);
      }
    }
    due.next_ = due.previous_ = nullptr;
  }
}

}  // namespace pulso::net
