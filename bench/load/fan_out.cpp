#include "load/fan_out.h"

#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace pulso::bench {

FanOut::Totals FanOut::publish(Audience& audience, std::uint64_t messages, std::size_t in_flight,
                               const std::function<void()>& after_burst) {
  totals_ = {};
  sent_at_.clear();
  received_.assign(audience.size(), 0);
  const Clock::time_point start = Clock::now();
  std::vector<std::string> burst(in_flight);
  while (totals_.messages < messages) {
    for (std::string& message : burst) message = dialect_.publication(sequence_++);
    totals_.messages += in_flight;
    sent_at_.resize(sent_at_.size() + in_flight, Clock::now());
    audience.publish(burst);
    audience.run_until([&] { return totals_.deliveries == totals_.messages * audience.listeners(); }, timeout_,
                       "a published message did not reach every member");
    if (after_burst) after_burst();
  }
  totals_.wall = Clock::now() - start;
  return std::exchange(totals_, {});
}

void FanOut::on_message(std::size_t client, Heard heard, std::string_view text, Clock::time_point now) {
  if (heard == Heard::refusal) throw std::runtime_error(fmt::format("client {} was refused: {}", client, text));
  if (heard != Heard::delivery) return;
  if (client >= received_.size() || received_[client] == sent_at_.size())
    throw std::runtime_error(fmt::format("client {} got a message that nobody published: {}", client, text));
  totals_.latency.record(now - sent_at_[received_[client]++]);
  totals_.payload_bytes += text.size();
  ++totals_.deliveries;
}

}  // namespace pulso::bench
