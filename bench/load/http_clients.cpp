#include "load/http_clients.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace pulso::bench {
namespace {

constexpr int events_per_wait = 1024;
constexpr std::size_t read_bytes_max = 64 * 1024;
/// Below Node's listen backlog of 511.
constexpr std::size_t starting_max = 400;

}  // namespace

HttpClients::HttpClients(const Target& target, HttpClientsListener& listener)
    : target_(target), listener_(listener), epoll_(epoll_create1(EPOLL_CLOEXEC)), read_buffer_(read_bytes_max) {}

HttpClients::~HttpClients() {
  close(epoll_);
}

void HttpClients::add(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) waiting_.push_back(clients_.size() + i);
  clients_.resize(clients_.size() + count);
}

void HttpClients::request(std::size_t client, std::string_view bytes) {
  clients_[client].pending.append(bytes);
  flush(client);
}

void HttpClients::run_until(const std::function<bool()>& done, std::chrono::nanoseconds timeout,
                            std::string_view what) {
  const Clock::time_point deadline = Clock::now() + timeout;
  while (!done()) {
    if (Clock::now() >= deadline) throw std::runtime_error(fmt::format("timed out: {}", what));
    wait_for_events(deadline);
  }
}

void HttpClients::pause(std::chrono::nanoseconds duration) {
  const Clock::time_point end = Clock::now() + duration;
  while (Clock::now() < end) wait_for_events(end);
}

void HttpClients::connect_waiting() {
  while (!waiting_.empty() && starting_ < starting_max) {
    const std::size_t index = waiting_.front();
    waiting_.pop_front();
    Client& client = clients_[index];
    client.stream.emplace(target_, index);
    ++starting_;
    epoll_event event{.events = EPOLLIN | EPOLLOUT, .data = {.u64 = index}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, client.stream->descriptor(), &event) != 0)
      throw std::runtime_error("epoll_ctl failed");
  }
}

void HttpClients::wait_for_events(Clock::time_point until) {
  connect_waiting();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  std::array<epoll_event, events_per_wait> events;
  const int count =
      epoll_wait(epoll_, events.data(), events_per_wait, static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000)));
  for (int i = 0; i < count; ++i) on_ready(events[static_cast<std::size_t>(i)].data.u64);
}

void HttpClients::on_ready(std::size_t index) {
  Client& client = clients_[index];
  if (client.is_connected) {
    if (!client.pending.empty()) flush(index);
    read(index);
    return;
  }
  const Progress progress = client.stream->handshake();
  if (progress == Progress::closed) fail(index, "the connection was refused or its TLS handshake failed");
  if (progress != Progress::done) return;
  client.is_connected = true;
  flush(index);
  listener_.on_connected(index);
}

/// Once an event: epoll tells again of what is left.
void HttpClients::read(std::size_t index) {
  Client& client = clients_[index];
  ResponseReader& reader = client.reader;
  std::size_t count = 0;
  const bool drops = drops_bodies_ && reader.has_head();
  const Progress progress =
      drops ? client.stream->discard(reader.body_left(), count) : client.stream->read(read_buffer_, count);
  if (progress == Progress::closed) fail(index, "the connection was closed");
  if (progress != Progress::done) return;
  const Clock::time_point now = Clock::now();
  if (drops) {
    reader.skip(count);
  } else {
    const std::string_view piece = reader.feed({read_buffer_.data(), count});
    if (reader.failed()) fail(index, "it sent a malformed answer");
    if (!piece.empty()) listener_.on_body(index, reader, piece);
  }
  if (!reader.is_complete()) return;
  if (!std::exchange(client.has_answer, true)) --starting_;
  const ResponseReader answer = std::exchange(reader, {});
  listener_.on_answer(index, answer, now);
}

void HttpClients::flush(std::size_t index) {
  Client& client = clients_[index];
  if (!client.is_connected) return;
  while (!client.pending.empty()) {
    std::size_t count = 0;
    const Progress progress = client.stream->write(client.pending, count);
    if (progress == Progress::closed) fail(index, "writing failed");
    if (progress != Progress::done) break;
    client.pending.erase(0, count);
  }
  const bool wants_write = !client.pending.empty();
  if (std::exchange(client.wants_write, wants_write) == wants_write) return;
  epoll_event event{.events = EPOLLIN | (wants_write ? EPOLLOUT : 0U), .data = {.u64 = index}};
  epoll_ctl(epoll_, EPOLL_CTL_MOD, client.stream->descriptor(), &event);
}

void HttpClients::fail(std::size_t index, std::string_view reason) {
  throw std::runtime_error(fmt::format("HTTP client {}: {}", index, reason));
}

}  // namespace pulso::bench
