#include "load/event_stream_members.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <sys/epoll.h>
#include <unistd.h>

#include <fmt/format.h>

#include "wire/http_head.h"

namespace pulso::bench {
namespace {

constexpr int events_per_wait = 1024;
constexpr std::size_t read_bytes_max = 64 * 1024;
constexpr std::size_t starting_max = 400;
/// Away from the numbers of the members.
constexpr std::size_t publisher_number = 1'000'000;
constexpr std::string_view ok = "HTTP/1.1 200";
constexpr std::string_view success = "HTTP/1.1 20";

}  // namespace

EventStreamMembers::EventStreamMembers(const Target& target, const Dialect& dialect, SwarmListener& listener)
    : target_(target),
      dialect_(dialect),
      listener_(listener),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      publisher_(target, publisher_number),
      read_buffer_(read_bytes_max) {
  watch(publisher_, publisher_number, true);
}

EventStreamMembers::~EventStreamMembers() {
  close(epoll_);
}

void EventStreamMembers::add(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) waiting_.push_back(members_.size() + i);
  members_.resize(members_.size() + count);
}

void EventStreamMembers::run_until_joined(std::chrono::nanoseconds timeout) {
  run_until([this] { return joined_ == members_.size() && is_publisher_connected_; }, timeout,
            "not every event stream was opened");
}

void EventStreamMembers::publish(std::span<const std::string> messages) {
  for (const std::string& message : messages) to_publish_ += message;
  flush_publisher();
}

void EventStreamMembers::run_until(const std::function<bool()>& done, std::chrono::nanoseconds timeout,
                                   std::string_view what) {
  const Clock::time_point deadline = Clock::now() + timeout;
  while (!done()) {
    if (Clock::now() >= deadline) throw std::runtime_error(fmt::format("timed out: {}", what));
    wait_for_events(deadline);
  }
}

void EventStreamMembers::pause(std::chrono::nanoseconds duration) {
  const Clock::time_point end = Clock::now() + duration;
  while (Clock::now() < end) wait_for_events(end);
}

void EventStreamMembers::watch(const Stream& stream, std::size_t number, bool for_write) {
  epoll_event event{.events = EPOLLIN | (for_write ? EPOLLOUT : 0U), .data = {.u64 = number}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, stream.descriptor(), &event) != 0 &&
      epoll_ctl(epoll_, EPOLL_CTL_MOD, stream.descriptor(), &event) != 0) {
    throw std::runtime_error("epoll_ctl failed");
  }
}

void EventStreamMembers::connect_waiting() {
  while (!waiting_.empty() && starting_ < starting_max) {
    const std::size_t number = waiting_.front();
    waiting_.pop_front();
    ++starting_;
    watch(members_[number].stream.emplace(target_, number), number, true);
  }
}

void EventStreamMembers::wait_for_events(Clock::time_point until) {
  connect_waiting();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  std::array<epoll_event, events_per_wait> events;
  const int count =
      epoll_wait(epoll_, events.data(), events_per_wait, static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000)));
  for (int i = 0; i < count; ++i) {
    const auto number = static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64);
    number == publisher_number ? on_publisher_ready() : on_ready(number);
  }
}

void EventStreamMembers::on_ready(std::size_t number) {
  Member& member = members_[number];
  if (member.is_connected) return read(number);
  const Progress progress = member.stream->handshake();
  if (progress == Progress::closed) throw std::runtime_error(fmt::format("stream {} was not connected", number));
  if (progress != Progress::done) return;
  member.is_connected = true;
  const std::string request = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\n\r\n",
                                          dialect_.target(number), target_.host());
  std::size_t count = 0;
  member.stream->write(request, count);
  if (count != request.size()) throw std::runtime_error(fmt::format("stream {} could not be asked for", number));
  watch(*member.stream, number, false);
}

/// Once an event: epoll tells again of what is left.
void EventStreamMembers::read(std::size_t number) {
  Member& member = members_[number];
  std::size_t count = 0;
  const Progress progress = member.stream->read(read_buffer_, count);
  if (progress == Progress::closed) return listener_.on_lost(number, "the stream ended");
  if (progress != Progress::done) return;
  const Clock::time_point now = Clock::now();
  std::string_view bytes{read_buffer_.data(), count};
  if (!member.has_joined) {
    const std::size_t before = member.head.size();
    member.head.append(bytes);
    const auto size = head_size(member.head);
    if (!size) return;
    if (!member.head.starts_with(ok)) {
      throw std::runtime_error(fmt::format("stream {} was refused: {}", number, member.head));
    }
    bytes.remove_prefix(*size - before);
    member.head = {};
    member.has_joined = true;
    --starting_;
    ++joined_;
  }
  const std::uint64_t bytes_before = member.reader.data_bytes();
  const std::size_t events = member.reader.feed(bytes);
  const auto data_bytes = static_cast<std::size_t>(member.reader.data_bytes() - bytes_before);
  // Which part of the data belongs to which event tells nothing here: it is counted once.
  for (std::size_t i = 0; i < events; ++i) {
    const std::string_view data = i == 0 ? std::string_view{read_buffer_.data(), std::min(data_bytes, count)} : "";
    const bool is_first = member.first_events < dialect_.first_events();
    if (is_first) ++member.first_events;
    listener_.on_message(number, is_first ? Heard::joined : Heard::delivery, data, now);
  }
}

void EventStreamMembers::on_publisher_ready() {
  if (!is_publisher_connected_) {
    const Progress progress = publisher_.handshake();
    if (progress == Progress::closed) throw std::runtime_error("the publisher was not connected");
    is_publisher_connected_ = progress == Progress::done;
    if (is_publisher_connected_) watch(publisher_, publisher_number, false);
    return;
  }
  std::size_t count = 0;
  const Progress progress = publisher_.read(read_buffer_, count);
  if (progress == Progress::closed) throw std::runtime_error("the publisher was sent away");
  if (progress == Progress::done && answer_start_.size() < success.size()) {
    answer_start_.append(read_buffer_.data(), count);
    if (answer_start_.size() >= success.size() && !answer_start_.starts_with(success)) {
      throw std::runtime_error(fmt::format("a publication was refused: {}", answer_start_));
    }
  }
  flush_publisher();
}

void EventStreamMembers::flush_publisher() {
  while (!to_publish_.empty()) {
    std::size_t count = 0;
    if (publisher_.write(to_publish_, count) != Progress::done) break;
    to_publish_.erase(0, count);
  }
  watch(publisher_, publisher_number, !to_publish_.empty());
}

}  // namespace pulso::bench
