#include "features/events/webhook_sender.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "base/random.h"
#include "ops/log.h"

namespace pulso::events {
namespace {

using boost::asio::awaitable;

constexpr std::size_t serving_max = 16;      ///< webhooks at once, of an instance
constexpr std::size_t batch_count = 50;      ///< events in one turn
constexpr milliseconds turn_max{15'000};     ///< no call begins behind it: others wait for the place
constexpr milliseconds lease_margin{5'000};  ///< beyond what a call may take

double random_fraction() {
  constexpr std::uint64_t steps = 1'000'000;
  return static_cast<double>(random_below(steps)) / static_cast<double>(steps);
}

void log_failure(const std::exception_ptr& failure) {
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    ops::log_error("events", "a webhook's turn ended with an exception", {{"error", error.what()}});
  }
}

}  // namespace

WebhookSender::WebhookSender(Dependencies dependencies) : d_(std::move(dependencies)) {
  if (d_.post) return;
  client_ = std::make_unique<WebhookClient>(d_.executor, d_.policy);
  d_.post = [this](WebhookCall call) { return client_->post(std::move(call)); };
}

milliseconds WebhookSender::lease() const noexcept {
  return d_.policy.timeout + lease_margin;
}

void WebhookSender::look() {
  if (is_stopped_ || serving_.size() >= serving_max || std::exchange(is_claiming_, true)) return;
  boost::asio::co_spawn(d_.executor, claim(), [this](const std::exception_ptr& failure) {
    is_claiming_ = false;
    log_failure(failure);
  });
}

awaitable<void> WebhookSender::claim() {
  std::vector<std::string> served(serving_.begin(), serving_.end());
  const std::size_t count = serving_max - served.size();
  auto claimed = co_await d_.webhooks.claim(d_.clock.now(), lease(), count, std::move(served));
  if (!claimed) {
    ops::log_warning("events", "webhooks were not looked for", {{"error", claimed.error().message}});
    co_return;
  }
  for (Webhook& webhook : *claimed) {
    const std::string id = webhook.id;
    serving_.insert(id);
    boost::asio::co_spawn(d_.executor, serve(std::move(webhook)),
                          [this, id](const std::exception_ptr& failure, bool has_more) {
                            serving_.erase(id);
                            log_failure(failure);
                            if (has_more) look();
                          });
  }
}

bool WebhookSender::is_over(const Turn& turn) const {
  return is_stopped_ || d_.clock.steady_now() >= turn.ends_at;
}

awaitable<bool> WebhookSender::serve(Webhook webhook) {
  Turn turn{.webhook = std::move(webhook), .ends_at = d_.clock.steady_now() + turn_max};
  // What was not taken before goes first: it is older. When it fails once more, what follows has its try all the same.
  if (!co_await send_again(turn) || !co_await send_next(turn)) co_return false;
  const WallTime not_before = turn.has_failed
                                  ? d_.clock.now() + webhook_pause(d_.policy, turn.webhook.failures, random_fraction())
                                  : d_.clock.now();  // behind those who have waited longer
  const auto saved = co_await d_.webhooks.save(turn.webhook, not_before);
  co_return saved && *saved && !turn.has_failed;
}

awaitable<bool> WebhookSender::send_again(Turn& turn) {
  const auto due = co_await d_.webhooks.due(turn.webhook.id, d_.clock.now(), batch_count);
  if (!due) co_return false;
  for (const WebhookDelivery& delivery : *due) {
    if (is_over(turn)) break;
    const auto events = co_await d_.events.behind(turn.webhook.account, delivery.sequence - 1, 1);
    if (!events) co_return false;
    if (events->empty() || events->front().sequence != delivery.sequence) {
      WebhookDelivery lost = delivery;
      lost.last_error = "not kept any more";
      if (!co_await give_up(turn, std::move(lost))) co_return false;
      continue;
    }
    if (!co_await attempt(turn, events->front(), delivery)) co_return false;
    if (turn.has_failed) break;
  }
  co_return true;
}

awaitable<bool> WebhookSender::send_next(Turn& turn) {
  Webhook& webhook = turn.webhook;
  const auto events = co_await d_.events.behind(webhook.account, webhook.position, batch_count);
  if (!events) co_return false;
  std::uint64_t forgotten = 0;
  if (events->empty()) {
    const auto extent = co_await d_.events.extent(webhook.account);
    if (!extent) co_return false;
    forgotten = extent->pruned;
  } else {
    forgotten = events->front().sequence - 1;
  }
  if (forgotten > webhook.position && !co_await skip_forgotten(turn, forgotten)) co_return false;
  for (const AccountEvent& event : *events) {
    if (is_over(turn)) break;
    webhook.position = event.sequence;
    const bool is_wanted = webhook.types.empty() || std::ranges::find(webhook.types, event.type) != webhook.types.end();
    if (!is_wanted) continue;
    const WebhookDelivery first{.sequence = event.sequence, .event_id = event.id};
    if (!co_await attempt(turn, event, first)) co_return false;
    if (turn.has_failed) break;
  }
  co_return true;
}

awaitable<bool> WebhookSender::skip_forgotten(Turn& turn, std::uint64_t last) {
  const std::uint64_t count = last - std::exchange(turn.webhook.position, last);
  co_return co_await give_up(turn,
                             {.sequence = last,
                              .last_error = std::to_string(count) + (count == 1 ? " event was" : " events were") +
                                            " forgotten before " + (count == 1 ? "it" : "they") + " could be sent"},
                             count);
}

awaitable<bool> WebhookSender::attempt(Turn& turn, const AccountEvent& event, WebhookDelivery delivery) {
  Webhook& webhook = turn.webhook;
  const auto address = parse_webhook_url(webhook.url, d_.policy.allows_insecure);
  Result<void> sent = fail(Errc::forbidden, "the URL may not be called");
  if (address) {
    std::string body = webhook_body(webhook.account, event);
    std::string signature = webhook_signature(webhook.secret, body, d_.clock.now());
    sent = co_await d_.post({.address = *address,
                             .body = std::move(body),
                             .signature = std::move(signature),
                             .event_id = event.id,
                             .event_type = event.type});
  }
  if (sent) {
    d_.metrics.webhooks_taken.add();
    turn.has_failed = false;
    webhook.failures = 0;
    delivery.state = DeliveryState::taken;
    co_return co_await save(turn, std::move(delivery));
  }
  d_.metrics.webhooks_failed.add();
  // Once in a turn, which tries something old and something new: the pause is to double, not to quadruple.
  if (!std::exchange(turn.has_failed, true)) ++webhook.failures;
  ++delivery.attempts;
  delivery.last_error = sent.error().message;
  if (delivery.attempts >= d_.policy.attempts_max) co_return co_await give_up(turn, std::move(delivery));
  delivery.next = d_.clock.now() + webhook_pause(d_.policy, delivery.attempts, random_fraction());
  co_return co_await save(turn, std::move(delivery));
}

awaitable<bool> WebhookSender::give_up(Turn& turn, WebhookDelivery delivery, std::uint64_t count) {
  delivery.state = DeliveryState::dead;
  delivery.next = d_.clock.now();
  if (!co_await save(turn, delivery)) co_return false;
  d_.metrics.webhooks_dead.add(count);
  ops::log_warning("events", "a webhook has a new dead letter",
                   {{"webhook", turn.webhook.id}, {"event", delivery.event_id}, {"error", delivery.last_error}});
  co_return true;
}

awaitable<bool> WebhookSender::save(Turn& turn, WebhookDelivery delivery) {
  const WallTime not_before = d_.clock.now() + lease();
  const auto saved = co_await d_.webhooks.save(turn.webhook, not_before, std::move(delivery));
  turn.webhook.not_before = not_before;
  co_return saved && *saved;
}

}  // namespace pulso::events
