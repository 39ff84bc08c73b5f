#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "load/fan_out.h"
#include "load/scenarios.h"
#include "load/seats.h"
#include "load/swarm.h"

namespace pulso::bench {
namespace {

constexpr std::string_view room = "bench";
/// All come back at once; the kernel's SYN and accept queues hold about this many.
constexpr std::size_t handshakes_max = 4000;
constexpr std::size_t witness_number = 1'000'000;
constexpr std::size_t observer_number = 1'000'001;

std::string held_seat(std::size_t client) {
  return fmt::format("H-{}", client);
}

/// Members that come back after a loss with their session and the offset of the last message they saw, and that count
/// what they get. A gap, a repetition or a refusal throws.
class ReturningMembers final : public Dialect, public SwarmListener {
 public:
  explicit ReturningMembers(std::size_t count) : members_(count) {}

  std::string target(std::size_t client) const override { return seats::target(client, members_[client].session); }
  std::string greeting(std::size_t client) const override {
    const Member& member = members_[client];
    return member.session.empty() ? seats::join_room(room) : seats::resume(room, member.offset);
  }
  Heard hear(std::string_view text) const override {
    const std::string_view type = seats::string_field(text, "type");
    if (type == "seat_selected" || type == "seat_released") return Heard::delivery;
    if (type == "error") return Heard::refusal;
    return type == "current_selections" || seats::bool_field(text, "recovered") ? Heard::joined : Heard::other;
  }
  std::string publication(std::uint64_t) const override { return {}; }

  void on_message(std::size_t client, Heard heard, std::string_view text, Clock::time_point now) override {
    Member& member = members_[client];
    if (heard == Heard::refusal) fail(client, text);
    if (const auto session = seats::string_field(text, "session"); !session.empty()) member.session = session;
    // All are back well within the resume window: nothing may be given up.
    if (seats::bool_field(text, "recovered") == false) fail(client, text);
    if (heard != Heard::delivery) return;
    if (is_own_answer(client, text)) {
      ++own_answers_;
      return;
    }
    const auto offset = seats::number_field(text, "offset");
    if (!offset || (reset_at_ && *offset != member.offset + 1)) fail(client, text);
    member.offset = *offset;
    ++deliveries_;
    if (++member.deliveries == return_deliveries_ && reset_at_) return_time_.record(now - *reset_at_);
  }

  /// From now on every member is back when it has got `missed` messages, gapless from where it was.
  void begin_return(std::size_t missed) {
    reset_at_ = Clock::now();
    return_deliveries_ = missed;
    deliveries_ = 0;
    for (Member& member : members_) member.deliveries = 0;
  }
  std::uint64_t deliveries() const { return deliveries_; }
  std::uint64_t own_answers() const { return own_answers_; }
  const Histogram& return_time() const { return return_time_; }

 private:
  struct Member {
    std::string session;
    std::uint64_t offset = 0;
    std::size_t deliveries = 0;
  };

  static bool is_own_answer(std::size_t client, std::string_view text) {
    return seats::string_field(text, "client_id") == seats::client_id(client);
  }
  [[noreturn]] static void fail(std::size_t client, std::string_view text) {
    throw std::runtime_error(fmt::format("storm broken: client {} got {}", client, text));
  }

  std::vector<Member> members_;
  std::optional<Clock::time_point> reset_at_;
  std::size_t return_deliveries_ = 0;
  std::uint64_t deliveries_ = 0;
  std::uint64_t own_answers_ = 0;
  Histogram return_time_;
};

/// Every holder selects its seat and is told that it is its own.
void select_held_seats(Swarm& swarm, ReturningMembers& members, std::size_t holders, const Context& context) {
  const std::uint64_t expected = members.own_answers() + holders;
  for (std::size_t client = 0; client < holders; ++client)
    swarm.send(client, seats::select_seat(room, held_seat(client)));
  swarm.run_until([&] { return members.own_answers() == expected; }, context.timeout,
                  "a holder did not get its own seat");
}

/// What a newcomer is shown.
class Observer final : public SwarmListener {
 public:
  void on_message(std::size_t, Heard heard, std::string_view text, Clock::time_point) override {
    if (heard == Heard::joined) seats_held_ = seats::count_fields(text, "seat_id");
  }
  std::size_t seats_held() const { return seats_held_; }

 private:
  std::size_t seats_held_ = 0;
};

std::size_t count_held_seats(const Context& context, const Dialect& dialect) {
  Observer observer;
  Swarm swarm(context.target, dialect, observer, {.first_number = observer_number});
  swarm.add(1);
  swarm.run_until_joined(context.timeout);
  return observer.seats_held();
}

}  // namespace

JsonObject run_storm(const Context& context, const StormOptions& options) {
  ReturningMembers members(options.clients);
  Swarm swarm(context.target, members, members, {.handshakes_max = handshakes_max});
  swarm.add(options.clients);
  swarm.run_until_joined(context.timeout);
  select_held_seats(swarm, members, options.holders, context);
  const auto wait_for_deliveries = [&](std::uint64_t count, std::string_view what) {
    swarm.run_until([&] { return members.deliveries() == count; }, context.timeout, what);
  };
  std::uint64_t expected = options.holders * (options.clients - 1);
  wait_for_deliveries(expected, "the holds did not reach all members");

  // The witness stays connected and makes the changes that the others miss. Its first two give every member, the
  // holder of the last seat included, an offset to resume from.
  const auto witness_dialect = make_seats_dialect(std::string(room), 0);
  FanOut witness(*witness_dialect, context.timeout);
  Swarm witness_swarm(context.target, *witness_dialect, witness, {.first_number = witness_number});
  witness_swarm.add(1);
  witness_swarm.run_until_joined(context.timeout);
  constexpr std::size_t select_and_release = 2;
  witness.publish(witness_swarm, select_and_release, select_and_release);
  expected += select_and_release * options.clients;
  wait_for_deliveries(expected, "the last change before the storm did not reach all members");

  const std::size_t missed = options.missed + options.missed % select_and_release;
  members.begin_return(missed);
  const Clock::time_point start = Clock::now();
  swarm.reset_all();
  witness.publish(witness_swarm, missed, missed);
  wait_for_deliveries(missed * options.clients, "not every client came back with what it had missed");
  const auto all_back = Clock::now() - start;

  select_held_seats(swarm, members, options.holders, context);
  const std::size_t held = count_held_seats(context, *witness_dialect);
  if (held != options.holders)
    throw std::runtime_error(fmt::format("storm broken: {} seats are held, not {}", held, options.holders));
  witness.publish(witness_swarm, select_and_release, select_and_release);
  wait_for_deliveries((missed + select_and_release) * options.clients, "a change after the storm did not reach all");
  return JsonObject{}
      .add("scenario", "storm")
      .add("clients", options.clients)
      .add("holders", options.holders)
      .add("missed", missed)
      .add("all_back_s", seconds(all_back))
      .add("return_us", members.return_time())
      .add("state_exact", true);
}

}  // namespace pulso::bench
