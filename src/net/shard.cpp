#include "net/shard.h"

#include <algorithm>
#include <array>
#include <exception>
#include <sched.h>
#include <string>

#include "base/prefetch.h"
#include "ops/log.h"

namespace pulso::net {
namespace {

thread_local Shard* current_shard = nullptr;

/// Fewer connections are written to one by one: a batch has its price too.
constexpr std::size_t batched_sends_min = 4;

}  // namespace

Shard::Shard(std::size_t index, bool batches_sends)
    : index_(index),
      batches_sends_(batches_sends),
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
    if (batches_sends_) batch_ = SendBatch::create();
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
    batch_.reset();
    current_shard = nullptr;
  });
}

void Shard::stop() {
  if (!thread_.joinable()) return;
  context_.stop();
  thread_.join();
}

void Shard::schedule_tick() {
  // From tick to tick, not from wake-up to wake-up, or each timer would be later by all that was late before it.
  tick_timer_.expires_at(std::max(tick_timer_.expiry(), std::chrono::steady_clock::now() - TimingWheel::tick) +
                         TimingWheel::tick);
  tick_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    wheel_.advance(std::chrono::steady_clock::now());
    schedule_tick();
  });
}

void Shard::flush_later(Flushable& flushable) {
  if (flushable.dirty_index_ != Flushable::clean) return;
  // Posted behind the handlers that are ready in this turn: whatever they queue leaves in the same write.
  if (dirty_.empty()) post([this] { flush_all(); });
  flushable.dirty_index_ = static_cast<std::uint32_t>(dirty_.size());
  dirty_.push_back(&flushable);
}

void Shard::flush_all() {
  std::size_t sent_end = 0;                          // up to where a batch has taken them
  for (std::size_t i = 0; i < dirty_.size(); ++i) {  // grows where a flush makes another connection dirty
    if (i == sent_end) sent_end = send_batch(i);
    // One ahead: a send takes long enough, and would evict what was fetched earlier.
    if (i + 1 < dirty_.size()) prefetch_object(dirty_[i + 1]);
    Flushable* flushable = dirty_[i];
    if (!flushable) continue;
    flushable->dirty_index_ = Flushable::clean;
    flushable->flush();
  }
  dirty_.clear();
}

std::size_t Shard::send_batch(std::size_t begin) {
  if (!batch_ || dirty_.size() - begin < batched_sends_min) return begin + 1;
  std::array<Flushable*, SendBatch::capacity> senders;
  std::size_t count = 0, i = begin;
  for (; i < dirty_.size() && count < senders.size(); ++i) {
    if (i + 1 < dirty_.size()) prefetch_object(dirty_[i + 1]);
    if (!dirty_[i]) continue;
    const Flushable::Send next = dirty_[i]->next_send(batch_->scratch());
    if (next.bytes.empty()) continue;
    batch_->add(next.descriptor, next.bytes);
    senders[count++] = dirty_[i];
  }
  if (count == 0) return i;
  const std::span<const int> results = batch_->submit();
  for (std::size_t sender = 0; sender < results.size(); ++sender) {
    if (results[sender] > 0) senders[sender]->on_sent(static_cast<std::size_t>(results[sender]));
  }
  if (batch_->is_broken()) {
    ops::log_warning("net", "io_uring refused a batch: connections are written to one by one from here on");
    batch_.reset();
  }
  return i;
}

void Shard::forget(Flushable& flushable) noexcept {
  if (flushable.dirty_index_ == Flushable::clean) return;
  dirty_[flushable.dirty_index_] = nullptr;
  flushable.dirty_index_ = Flushable::clean;
}

void discard_all(std::span<Shard* const> shards) {
  for (std::size_t round = 0; round <= shards.size(); ++round) {
    for (Shard* shard : shards) shard->discard();
  }
}

std::size_t usable_core_count() noexcept {
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof(mask), &mask) != 0) return 1;
  return static_cast<std::size_t>(std::max(1, CPU_COUNT(&mask)));
}

}  // namespace pulso::net
