#include "load/swarm.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "wire/http_head.h"
#include "wire/upgrade.h"

namespace pulso::bench {
namespace {

constexpr int events_per_wait = 1024;
constexpr std::size_t read_bytes_max = 64 * 1024;

std::string close_reason(std::string_view payload) {
  if (payload.size() < 2) return "closed without a code";
  const int code = static_cast<std::uint8_t>(payload[0]) << 8 | static_cast<std::uint8_t>(payload[1]);
  return fmt::format("closed with {} {}", code, payload.substr(2));
}

}  // namespace

void SwarmListener::on_lost(std::size_t client, const std::string& reason) {
  throw std::runtime_error(fmt::format("client {} was lost: {}", client, reason));
}

Swarm::Swarm(const Target& target, const Dialect& dialect, SwarmListener& listener, SwarmOptions options)
    : target_(target),
      dialect_(dialect),
      listener_(listener),
      options_(options),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      mask_keys_(std::random_device{}()),
      read_buffer_(read_bytes_max) {}

Swarm::~Swarm() {
  close(epoll_);
}

void Swarm::add(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) waiting_.push_back(clients_.size() + i);
  clients_.resize(clients_.size() + count);
}

void Swarm::send(std::size_t client, std::span<const std::string> messages) {
  std::string& pending = clients_[client].pending;
  for (const std::string& message : messages)
    append_frame(pending, Opcode::text, message, static_cast<std::uint32_t>(mask_keys_()));
  flush(client);
}

void Swarm::close_all() {
  constexpr std::string_view normal_closure{"\x03\xe8", 2};  // 1000
  const std::string goodbye = dialect_.goodbye();
  for (std::size_t index = 0; index < clients_.size(); ++index) {
    if (!clients_[index].joined) continue;
    if (!goodbye.empty()) write_frame(index, Opcode::text, goodbye);
    write_frame(index, Opcode::close, normal_closure);
  }
}

void Swarm::reset_all() {
  for (std::size_t index = 0; index < clients_.size(); ++index) {
    if (clients_[index].state == State::waiting) continue;
    if (clients_[index].stream) clients_[index].stream->reset();
    clients_[index] = Client{};
    waiting_.push_back(index);
  }
  handshakes_ = 0;
  joined_ = 0;
}

void Swarm::run_until(const std::function<bool()>& done, std::chrono::nanoseconds timeout, std::string_view what) {
  const Clock::time_point deadline = Clock::now() + timeout;
  while (!done()) {
    if (Clock::now() >= deadline) throw std::runtime_error(fmt::format("timed out: {}", what));
    wait_for_events(deadline);
  }
}

void Swarm::run_until_joined(std::chrono::nanoseconds timeout) {
  run_until([this] { return joined_ == clients_.size(); }, timeout, "not every client could connect and join");
}

void Swarm::pause(std::chrono::nanoseconds duration) {
  const Clock::time_point end = Clock::now() + duration;
  while (Clock::now() < end) wait_for_events(end);
}

void Swarm::connect_waiting() {
  while (!waiting_.empty() && handshakes_ < options_.handshakes_max) {
    const std::size_t index = waiting_.front();
    waiting_.pop_front();
    Client& client = clients_[index];
    client.stream.emplace(target_, options_.first_number + index);
    client.state = State::connecting;
    client.wants_write = true;
    ++handshakes_;
    epoll_event event{.events = EPOLLIN | EPOLLOUT, .data = {.u64 = index}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, client.stream->descriptor(), &event) != 0)
      throw std::runtime_error("epoll_ctl failed");
  }
}

void Swarm::wait_for_events(Clock::time_point until) {
  connect_waiting();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  std::array<epoll_event, events_per_wait> events;
  const int count =
      epoll_wait(epoll_, events.data(), events_per_wait, static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000)));
  for (int i = 0; i < count; ++i) on_ready(events[static_cast<std::size_t>(i)].data.u64);
}

void Swarm::on_ready(std::size_t index) {
  Client& client = clients_[index];
  if (client.state == State::connecting) {
    on_connected(index);
  } else if (client.state != State::lost) {
    if (!client.pending.empty()) flush(index);
    if (client.state != State::lost) on_readable(index);
  }
}

void Swarm::on_connected(std::size_t index) {
  Client& client = clients_[index];
  switch (client.stream->handshake()) {
    case Progress::want_read:
      watch(index, false);
      return;
    case Progress::want_write:
      watch(index, true);
      return;
    case Progress::closed:
      lose(index, "the connection was refused or its TLS handshake failed");
      return;
    case Progress::done:
      client.state = State::upgrading;
      client.pending = upgrade_request(target_.host(), dialect_.target(options_.first_number + index));
      flush(index);
  }
}

void Swarm::on_readable(std::size_t index) {
  Client& client = clients_[index];
  while (client.state != State::lost) {
    std::size_t count = 0;
    const Progress progress = client.stream->read(read_buffer_, count);
    if (progress == Progress::closed) lose(index, "the connection was closed");
    if (progress != Progress::done) return;
    on_bytes(index, {read_buffer_.data(), count}, Clock::now());
    // A plain socket that gave less than asked is empty; TLS may hold decrypted bytes that epoll does not see.
    if (!target_.tls && count < read_buffer_.size()) return;
  }
}

void Swarm::on_bytes(std::size_t index, std::string_view bytes, Clock::time_point now) {
  Client& client = clients_[index];
  if (client.state == State::upgrading) bytes = finish_upgrade(index, bytes);
  if (client.state != State::open) return;
  client.reader.feed(bytes);
  while (client.state == State::open) {
    const auto message = client.reader.next();
    if (!message) break;
    on_frame(index, *message, now);
  }
  if (client.reader.failed()) lose(index, "it sent a malformed frame");
}

/// Returns the bytes that follow the handshake's answer.
std::string_view Swarm::finish_upgrade(std::size_t index, std::string_view bytes) {
  Client& client = clients_[index];
  const std::size_t before = client.head.size();
  client.head.append(bytes);
  const auto size = head_size(client.head);
  if (!size) return {};
  if (!is_upgraded(client.head)) {
    lose(index, fmt::format("no upgrade: {}", client.head.substr(0, client.head.find('\r'))));
    return {};
  }
  client.state = State::open;
  client.head = {};
  const std::string greeting = dialect_.greeting(options_.first_number + index);
  if (greeting.empty()) {
    mark_joined(client);
  } else {
    write_frame(index, Opcode::text, greeting);
  }
  return bytes.substr(*size - before);
}

void Swarm::on_frame(std::size_t index, const Message& message, Clock::time_point now) {
  switch (message.opcode) {
    case Opcode::ping:
      write_frame(index, Opcode::pong, message.payload);
      return;
    case Opcode::pong:
      return;
    case Opcode::close:
      lose(index, close_reason(message.payload));
      return;
    default:
      break;
  }
  const Heard heard = dialect_.hear(message.payload);
  if (heard == Heard::question) {
    send(index, dialect_.answers(message.payload));
    return;
  }
  if (heard == Heard::joined) mark_joined(clients_[index]);
  listener_.on_message(index, heard, message.payload, now);
}

void Swarm::mark_joined(Client& client) {
  if (std::exchange(client.joined, true)) return;
  ++joined_;
  --handshakes_;
}

void Swarm::write_frame(std::size_t index, Opcode opcode, std::string_view payload) {
  append_frame(clients_[index].pending, opcode, payload, static_cast<std::uint32_t>(mask_keys_()));
  flush(index);
}

void Swarm::flush(std::size_t index) {
  Client& client = clients_[index];
  while (!client.pending.empty()) {
    std::size_t count = 0;
    const Progress progress = client.stream->write(client.pending, count);
    if (progress == Progress::closed) {
      lose(index, "writing failed");
      return;
    }
    if (progress != Progress::done) break;
    client.pending.erase(0, count);
  }
  watch(index, !client.pending.empty());
}

void Swarm::watch(std::size_t index, bool for_write) {
  Client& client = clients_[index];
  if (std::exchange(client.wants_write, for_write) == for_write) return;
  epoll_event event{.events = EPOLLIN | (for_write ? EPOLLOUT : 0U), .data = {.u64 = index}};
  epoll_ctl(epoll_, EPOLL_CTL_MOD, client.stream->descriptor(), &event);
}

void Swarm::lose(std::size_t index, const std::string& reason) {
  Client& client = clients_[index];
  if (std::exchange(client.joined, false)) {
    --joined_;
  } else {
    --handshakes_;
  }
  client.state = State::lost;
  client.stream.reset();
  client.pending.clear();
  listener_.on_lost(index, reason);
}

}  // namespace pulso::bench
