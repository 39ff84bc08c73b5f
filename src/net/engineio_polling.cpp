#include "net/engineio_polling.h"

#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/engineio_packet.h"
#include "net/shard.h"

namespace pulso::net {

namespace asio = boost::asio;

/// Lives in the coroutine of the poll that waits, and ends with it.
struct EngineioPolling::Waiter {
  const void* poll;
  asio::steady_timer wake;
  EngineioPollAnswer answer;
};

EngineioPolling::~EngineioPolling() {
  shard_.forget(*this);
}

bool EngineioPolling::push(const FrameRef& frame, const OutboxLimits& limits, bool counted) {
  if (counted) {
    const bool fits = counted_bytes_ == 0 || counted_bytes_ + frame.size() <= limits.bytes_max;
    if (!fits || counted_messages_ >= limits.messages_max) return false;
    ++counted_messages_;
    counted_bytes_ += frame.size();
  }
  pending_bytes_ += frame.size();
  queue_.push_back({frame, counted});
  if (is_waiting()) shard_.flush_later(*this);
  return true;
}

std::vector<FrameRef> EngineioPolling::take_all() {
  std::vector<FrameRef> frames;
  frames.reserve(queue_.size());
  for (Queued& queued : queue_) frames.push_back(std::move(queued.frame));
  clear();
  return frames;
}

void EngineioPolling::clear() noexcept {
  queue_ = {};
  pending_bytes_ = counted_bytes_ = counted_messages_ = 0;
}

std::string EngineioPolling::take_payload() {
  std::string payload;
  std::size_t taken = 0;
  while (taken < queue_.size()) {
    const auto& [frame, is_counted] = queue_[taken];
    if (taken > 0 && payload.size() + engineio_polling_size(frame) > payload_bytes_max_) break;
    append_engineio_packet(payload, frame);
    pending_bytes_ -= frame.size();
    if (is_counted) {
      --counted_messages_;
      counted_bytes_ -= frame.size();
    }
    ++taken;
  }
  if (taken == queue_.size()) {
    queue_ = {};
  } else {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(taken));
  }
  return payload;
}

bool EngineioPolling::is_waiting(const void* poll) const noexcept {
  return waiter_ && waiter_->poll == poll;
}

asio::awaitable<EngineioPollAnswer> EngineioPolling::wait(const void* poll) {
  Waiter waiter{.poll = poll, .wake = asio::steady_timer{shard_.context(), SteadyTime::max()}, .answer = {}};
  waiter_ = &waiter;
  if (!queue_.empty() || is_hurried_) shard_.flush_later(*this);
  boost::system::error_code ignored;
  co_await waiter.wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  co_return std::move(waiter.answer);  // nothing else is touched: the session may be gone by now
}

void EngineioPolling::answer(std::string payload) {
  waiter_->answer.payload = std::move(payload);
  waiter_->answer.cookie = std::exchange(cookie_, {});
  std::exchange(waiter_, nullptr)->wake.cancel();
}

void EngineioPolling::flush() {
  if (!waiter_) return;
  if (queue_.empty()) return answer_with(EngineioPacketType::noop);
  answer(take_payload());
  listener_.on_poll_answered();
}

void EngineioPolling::answer_with(EngineioPacketType packet) {
  if (waiter_) answer(std::string{engineio_frame_content(engineio_control_frame(packet)).payload});
}

void EngineioPolling::set_hurried(bool is_hurried) {
  is_hurried_ = is_hurried;
  if (is_hurried_ && waiter_) shard_.flush_later(*this);
}

}  // namespace pulso::net
