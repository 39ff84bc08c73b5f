#include "features/seats/answer_queue.h"

#include <algorithm>

namespace pulso::seats {

AnswerQueue::Slot* AnswerQueue::find(std::uint32_t command) noexcept {
  const auto found = std::ranges::find(slots_, command, &Slot::command);
  return found == slots_.end() ? nullptr : &*found;
}

}  // namespace pulso::seats
