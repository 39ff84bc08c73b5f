#include "net/shard.h"

#include <algorithm>
#include <exception>
#include <sched.h>
#include <string>

#include "ops/log.h"

namespace pulso::net {
namespace {

thread_local Shard* current_shard = nullptr;

}  // namespace

Shard::Shard(std::size_t index)
    : index_(index),
      buffers_(std::make_unique_for_overwrite<char[]>(2 * buffer_size)),
      wheel_(std::chrono::steady_clock::now()),
      tick_timer_(context_) {}

Shard::~Shard() {
  stop();
}

Shard* Shard::current() noexcept {
  return current_shard;
}

void Shard::start() {
  thread_ = std::thread([this] {
    current_shard = this;
    schedule_tick();
    const auto guard = boost::asio::make_work_guard(context_);
    while (!context_.stopped()) {
      try {
        context_.run();
      } catch (const std::exception& error) {
        // Handlers catch their own; one that did not must not take the other connections down.
        ops::log_error("net", "a handler let an exception escape", {{"error", error.what()}});
      }
    }
    current_shard = nullptr;
  });
}

void Shard::stop() {
  if (!thread_.joinable()) return;
  context_.stop();
  thread_.join();
}

void Shard::schedule_tick() {
  tick_timer_.expires_after(TimingWheel::tick);
  tick_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    wheel_.advance(std::chrono::steady_clock::now());
    schedule_tick();
  });
}

void Shard::flush_later(Flushable& flushable) {
  if (flushable.is_dirty_) return;
  flushable.is_dirty_ = true;
  flushable.next_dirty_ = first_dirty_;
  // Posted behind the handlers that are ready in this turn: whatever they queue leaves in the same write.
  if (!first_dirty_) post([this] { flush_all(); });
  first_dirty_ = &flushable;
}

void Shard::flush_all() {
  while (first_dirty_) {
    Flushable& flushable = *std::exchange(first_dirty_, first_dirty_->next_dirty_);
    flushable.is_dirty_ = false;
    flushable.flush();
  }
}

void Shard::forget(Flushable& flushable) noexcept {
  if (!flushable.is_dirty_) return;
  Flushable** link = &first_dirty_;
  while (*link && *link != &flushable) link = &(*link)->next_dirty_;
  if (*link) *link = flushable.next_dirty_;
  flushable.is_dirty_ = false;
}

std::size_t usable_core_count() noexcept {
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof(mask), &mask) != 0) return 1;
  return static_cast<std::size_t>(std::max(1, CPU_COUNT(&mask)));
}

}  // namespace pulso::net
