#include "realtime/socketio_answers.h"

#include <utility>

namespace pulso::realtime {

void SocketioAnswers::expect(std::size_t count) {
  const std::lock_guard lock{mutex_};
  open_count_ += count;
}

void SocketioAnswers::part_done() {
  std::unique_lock lock{mutex_};
  settle_one(lock);
}

void SocketioAnswers::add(std::optional<SocketioArguments> answer) {
  std::unique_lock lock{mutex_};
  if (answer) {
    answers_.push_back(std::move(*answer));
  } else {
    is_complete_ = false;
  }
  settle_one(lock);
}

void SocketioAnswers::settle_one(std::unique_lock<std::mutex>& lock) {
  if (--open_count_ > 0) return;
  Done done = std::move(done_);
  std::vector<SocketioArguments> answers = std::move(answers_);
  const bool is_complete = is_complete_;
  lock.unlock();
  done(std::move(answers), is_complete);
}

}  // namespace pulso::realtime
