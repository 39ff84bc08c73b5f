#include "load/poll_members.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "load/seats.h"

namespace pulso::bench {
namespace {

/// Between the packets of one payload.
constexpr char record_separator = '\x1e';
constexpr char open_packet = '0';
/// Away from the numbers of the members.
constexpr std::size_t publisher_number = 1'000'000;

}  // namespace

PollMembers::PollMembers(const Target& target, const Dialect& dialect, SwarmListener& listener)
    : target_(target),
      dialect_(dialect),
      listener_(listener),
      http_(target, *this),
      publisher_(target, dialect, *this, {.first_number = publisher_number}) {
  publisher_.add(1);
}

void PollMembers::add(std::size_t count) {
  members_.resize(members_.size() + count);
  http_.add(count);
}

void PollMembers::run_until_joined(std::chrono::nanoseconds timeout) {
  publisher_.run_until_joined(timeout);
  run_until([this] { return joined_ == members_.size(); }, timeout, "not every polling client could connect and join");
}

void PollMembers::run_until(const std::function<bool()>& done, std::chrono::nanoseconds timeout,
                            std::string_view what) {
  const auto done_here = [&] {
    publisher_.catch_up();
    return done();
  };
  http_.run_until(done_here, timeout, what);
}

void PollMembers::pause(std::chrono::nanoseconds duration) {
  const Clock::time_point end = Clock::now() + duration;
  run_until([end] { return Clock::now() >= end; }, duration + std::chrono::seconds{1}, "a pause");
}

void PollMembers::on_connected(std::size_t client) {
  http_.request(client, head("GET", members_[client]) + "\r\n");
}

void PollMembers::on_body(std::size_t client, const ResponseReader&, std::string_view piece) {
  members_[client].body.append(piece);
}

void PollMembers::on_answer(std::size_t client, const ResponseReader& answer, Clock::time_point now) {
  Member& member = members_[client];
  const std::string body = std::exchange(member.body, {});
  constexpr int ok = 200;
  if (answer.status() != ok)
    throw std::runtime_error(fmt::format("polling client {} was refused: {} {}", client, answer.status(), body));
  if (member.asked == Asked::handshake) open_session(client, body);
  if (member.asked == Asked::poll) hear_packets(client, body, now);
  ask(client);
}

void PollMembers::on_message(std::size_t, Heard heard, std::string_view text, Clock::time_point) {
  if (heard == Heard::refusal) throw std::runtime_error(fmt::format("the publisher was refused: {}", text));
}

void PollMembers::open_session(std::size_t client, std::string_view handshake) {
  Member& member = members_[client];
  if (!handshake.starts_with(open_packet))
    throw std::runtime_error(fmt::format("polling client {} got no handshake: {}", client, handshake));
  member.session = seats::string_field(handshake, "sid");
  queue_packet(member, dialect_.greeting(client));
}

void PollMembers::hear_packets(std::size_t client, std::string_view payload, Clock::time_point now) {
  Member& member = members_[client];
  while (!payload.empty()) {
    const std::string_view packet = payload.substr(0, payload.find(record_separator));
    payload.remove_prefix(std::min(packet.size() + 1, payload.size()));
    const Heard heard = dialect_.hear(packet);
    if (heard == Heard::question) {
      for (const std::string& answer : dialect_.answers(packet)) queue_packet(member, answer);
      continue;
    }
    if (heard == Heard::joined && !std::exchange(member.joined, true)) ++joined_;
    listener_.on_message(client, heard, packet, now);
  }
}

void PollMembers::queue_packet(Member& member, std::string_view packet) {
  if (!member.to_post.empty()) member.to_post += record_separator;
  member.to_post += packet;
}

/// Says what there is to say, else polls.
void PollMembers::ask(std::size_t client) {
  Member& member = members_[client];
  if (member.to_post.empty()) {
    member.asked = Asked::poll;
    http_.request(client, head("GET", member) + "\r\n");
    return;
  }
  member.asked = Asked::post;
  const std::string body = std::exchange(member.to_post, {});
  http_.request(client, fmt::format("{}Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {}\r\n\r\n{}",
                                    head("POST", member), body.size(), body));
}

/// Request line and Host, without the empty line.
std::string PollMembers::head(std::string_view method, const Member& member) const {
  const std::string session = member.session.empty() ? "" : "&sid=" + member.session;
  return fmt::format("{} /socket.io/?EIO=4&transport=polling{} HTTP/1.1\r\nHost: {}\r\n", method, session,
                     target_.host());
}

}  // namespace pulso::bench
