#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "load/scenarios.h"
#include "load/seats.h"
#include "load/swarm.h"

namespace pulso::bench {
namespace {

constexpr std::string_view room = "bench";

/// One round: who won, and how many have heard what. Anything that contradicts "exactly one winner, known to all"
/// throws.
class Referee final : public SwarmListener {
 public:
  explicit Referee(std::size_t clients) : sent_at_(clients) {}

  void begin(std::string seat) {
    seat_ = std::move(seat);
    winner_.clear();
    owner_seen_.clear();
    decided_ = announced_ = released_ = 0;
  }
  void sending(std::size_t client) { sent_at_[client] = Clock::now(); }

  /// Every client has its own answer, and every loser the announcement.
  bool is_decided() const { return decided_ == sent_at_.size() && announced_ == sent_at_.size() - 1; }
  bool is_released() const { return released_ == sent_at_.size(); }
  std::size_t winner() const { return winner_index_; }
  const Histogram& latency() const { return latency_; }

  void on_message(std::size_t client, Heard, std::string_view text, Clock::time_point now) override {
    const std::string_view type = seats::string_field(text, "type");
    if (type != "seat_selected" && type != "seat_released" && type != "error") return;
    require(seats::string_field(text, "seat_id") == seat_, client, text);
    if (type == "seat_released") {
      ++released_;
    } else if (type == "error") {
      require(seats::string_field(text, "code") == "seat_taken", client, text);
      decide(client, now);
    } else if (seats::string_field(text, "client_id") == seats::client_id(client)) {
      require(winner_.empty(), client, text);
      winner_ = seats::client_id(client);
      winner_index_ = client;
      see_owner(client, text);
      decide(client, now);
    } else {
      see_owner(client, text);
      ++announced_;
    }
  }

 private:
  static void require(bool holds, std::size_t client, std::string_view text) {
    if (!holds) throw std::runtime_error(fmt::format("contention broken: client {} got {}", client, text));
  }
  void decide(std::size_t client, Clock::time_point now) {
    latency_.record(now - sent_at_[client]);
    ++decided_;
  }
  void see_owner(std::size_t client, std::string_view text) {
    const std::string_view owner = seats::string_field(text, "client_id");
    if (owner_seen_.empty()) owner_seen_ = owner;
    require(owner == owner_seen_, client, text);
  }

  std::string seat_;
  std::string winner_;
  std::string owner_seen_;
  std::size_t winner_index_ = 0;
  std::size_t decided_ = 0;
  std::size_t announced_ = 0;
  std::size_t released_ = 0;
  std::vector<Clock::time_point> sent_at_;
  Histogram latency_;
};

}  // namespace

JsonObject run_contention(const Context& context, const ContentionOptions& options) {
  const auto dialect = make_seats_dialect(std::string(room), 0);
  Referee referee(options.clients);
  Swarm swarm(context.target, *dialect, referee);
  swarm.add(options.clients);
  swarm.run_until_joined(context.timeout);

  Histogram round_time;
  for (std::size_t round = 0; round < options.rounds; ++round) {
    const std::string seat = fmt::format("C-{}", round);
    const std::string select = seats::select_seat(room, seat);
    referee.begin(seat);
    const Clock::time_point start = Clock::now();
    // Another client is first each time.
    for (std::size_t i = 0; i < options.clients; ++i) {
      const std::size_t client = (round * 7 + i) % options.clients;
      referee.sending(client);
      swarm.send(client, select);
    }
    swarm.run_until([&] { return referee.is_decided(); }, context.timeout, "a round was not decided for all");
    round_time.record(Clock::now() - start);
    swarm.send(referee.winner(), seats::release_seat(room, seat));
    swarm.run_until([&] { return referee.is_released(); }, context.timeout, "a release did not reach all");
  }
  return JsonObject{}
      .add("scenario", "contention")
      .add("clients", options.clients)
      .add("rounds", options.rounds)
      .add("one_winner_each_round", true)
      .add("answer_us", referee.latency())
      .add("round_us", round_time);
}

}  // namespace pulso::bench
