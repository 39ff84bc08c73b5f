#include "net/outbox.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace pulso::net {
namespace {

constexpr std::size_t gathered_pieces_max = 64;
constexpr std::size_t spare_queues_max = 4096;

}  // namespace

/// A vector with a moving head: frames leave in batches, so the head is reset each time it empties.
struct Outbox::Queue {
  std::vector<FrameRef> frames;
  std::size_t head = 0;
};

namespace {

/// A fan-out gives thousands of connections a second frame for a moment: their queues are kept and reused.
template <class Queue>
std::vector<std::unique_ptr<Queue>>& spare_queues() {
  thread_local std::vector<std::unique_ptr<Queue>> spares;
  return spares;
}

}  // namespace

void Outbox::QueueDeleter::operator()(Queue* queue) const noexcept {
  auto& spares = spare_queues<Queue>();
  queue->frames.clear();
  queue->head = 0;
  if (spares.size() < spare_queues_max && queue->frames.capacity() <= 64) {
    spares.emplace_back(queue);
  } else {
    delete queue;
  }
}

bool Outbox::push(const FrameRef& frame, const OutboxLimits& limits, bool counted) {
  if (counted) {
    const bool fits = counted_bytes_ == 0 || counted_bytes_ + frame.size() <= limits.bytes_max;
    if (!fits || counted_messages_ >= limits.messages_max) return false;
    ++counted_messages_;
    counted_bytes_ += frame.size();
  }
  pending_bytes_ += frame.size();
  if (!first_) {
    first_ = frame;
    return true;
  }
  if (!queue_) {
    auto& spares = spare_queues<Queue>();
    if (spares.empty()) {
      queue_.reset(new Queue);
    } else {
      queue_.reset(spares.back().release());
      spares.pop_back();
    }
  }
  queue_->frames.push_back(frame);
  return true;
}

std::string_view Outbox::join(std::span<char> scratch) const noexcept {
  if (!first_) return {};
  const std::string_view first = first_.bytes().substr(sent_of_first_);
  if (!queue_) return first;
  if (pending_bytes_ > scratch.size()) return {};
  char* end = std::ranges::copy(first, scratch.data()).out;
  for (std::size_t i = queue_->head; i < queue_->frames.size(); ++i) {
    end = std::ranges::copy(queue_->frames[i].bytes(), end).out;
  }
  return {scratch.data(), static_cast<std::size_t>(end - scratch.data())};
}

IoResult Outbox::write_once(Stream& stream, std::span<char> scratch) {
  if (const std::string_view joined = join(scratch); !joined.empty()) return stream.write_some(joined);
  const std::string_view first = first_.bytes().substr(sent_of_first_);
  std::array<iovec, gathered_pieces_max> pieces;
  std::size_t count = 0;
  pieces[count++] = {const_cast<char*>(first.data()), first.size()};
  for (std::size_t i = queue_->head; i < queue_->frames.size() && count < pieces.size(); ++i) {
    const std::string_view bytes = queue_->frames[i].bytes();
    pieces[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
  }
  return stream.write_gathered({pieces.data(), count});
}

void Outbox::pop_sent(std::size_t bytes) {
  pending_bytes_ -= bytes;
  while (bytes > 0) {
    const std::size_t left = first_.size() - sent_of_first_;
    if (bytes < left) {
      sent_of_first_ += static_cast<std::uint32_t>(bytes);
      return;
    }
    bytes -= left;
    sent_of_first_ = 0;
    if (counted_messages_ > 0) --counted_messages_;
    counted_bytes_ -= std::min(counted_bytes_, first_.size());
    if (queue_ && queue_->head < queue_->frames.size()) {
      first_ = std::move(queue_->frames[queue_->head++]);
    } else {
      first_ = {};
    }
  }
  if (queue_ && queue_->head == queue_->frames.size()) queue_.reset();
}

std::size_t Outbox::take(std::span<char> out) {
  std::size_t taken = 0;
  while (first_ && taken < out.size()) {
    const std::string_view part = first_.bytes().substr(sent_of_first_, out.size() - taken);
    std::ranges::copy(part, out.data() + taken);
    taken += part.size();
    pop_sent(part.size());
  }
  return taken;
}

Outbox::FlushResult Outbox::flush(Stream& stream, std::span<char> scratch) {
  // Bounded, so that a peer that reads as fast as we write does not keep the loop to itself.
  constexpr int writes_max = 16;
  for (int i = 0; first_ && i < writes_max; ++i) {
    const IoResult result = write_once(stream, scratch);
    if (result.status == IoStatus::wants_write || result.status == IoStatus::wants_read)
      return FlushResult::wants_write;
    if (result.status != IoStatus::ok) return FlushResult::failed;
    pop_sent(result.bytes);
  }
  return first_ ? FlushResult::wants_write : FlushResult::drained;
}

void Outbox::drop_unsent() noexcept {
  if (sent_of_first_ == 0) return clear();
  queue_.reset();
  counted_messages_ = 1;
  pending_bytes_ = counted_bytes_ = first_.size() - sent_of_first_;
}

void Outbox::clear() noexcept {
  first_ = {};
  queue_.reset();
  sent_of_first_ = 0;
  counted_messages_ = 0;
  pending_bytes_ = 0;
  counted_bytes_ = 0;
}

}  // namespace pulso::net
