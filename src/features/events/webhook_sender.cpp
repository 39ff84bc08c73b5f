#include "features/events/webhook_sender.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "base/random.h"
#include "features/events/webhook_client.h"
#include "ops/log.h"

namespace pulso::events {
namespace {

using boost::asio::awaitable;

constexpr std::size_t serving_max = 16;      ///< webhooks at once, of an instance
constexpr std::size_t batch_count = 50;      ///< events in one turn
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

milliseconds WebhookSender::lease() const noexcept {
  return d_.policy.timeout + lease_margin;
}

void WebhookSender::look() {
  if (is_stopped_ || serving_ >= serving_max || std::exchange(is_claiming_, true)) return;
  boost::asio::co_spawn(d_.executor, claim(), [this](const std::exception_ptr& failure) {
    is_claiming_ = false;
    log_failure(failure);
  });
}

awaitable<void> WebhookSender::claim() {
  auto claimed = co_await d_.webhooks.claim(d_.clock.now(), lease(), serving_max - serving_);
  if (!claimed) {
    ops::log_warning("events", "webhooks were not looked for", {{"error", claimed.error().message}});
    co_return;
  }
  for (Webhook& webhook : *claimed) {
    ++serving_;
    boost::asio::co_spawn(d_.executor, serve(std::move(webhook)), [this](const std::exception_ptr& failure) {
      --serving_;
      log_failure(failure);
    });
  }
}

awaitable<void> WebhookSender::serve(Webhook webhook) {
  // What was not taken before goes first: it is older.
  if (co_await send_again(webhook) && co_await send_next(webhook)) {
    webhook.not_before = WallTime{};
    (void)co_await d_.webhooks.save(webhook);
    if (!is_stopped_) look();
  }
}

awaitable<bool> WebhookSender::send_again(Webhook& webhook) {
  const auto due = co_await d_.webhooks.due(webhook.id, d_.clock.now(), batch_count);
  if (!due) co_return false;
  for (const WebhookDelivery& delivery : *due) {
    if (is_stopped_) co_return true;
    const auto events = co_await d_.events.behind(webhook.account, delivery.sequence - 1, 1);
    if (!events) co_return false;
    if (events->empty() || events->front().sequence != delivery.sequence) {  // not kept any more
      if (!co_await d_.webhooks.save_taken(webhook, delivery.sequence)) co_return false;
      continue;
    }
    if (!co_await attempt(webhook, events->front(), delivery)) co_return false;
  }
  co_return true;
}

awaitable<bool> WebhookSender::send_next(Webhook& webhook) {
  const auto events = co_await d_.events.behind(webhook.account, webhook.position, batch_count);
  if (!events) co_return false;
  for (const AccountEvent& event : *events) {
    if (is_stopped_) co_return true;
    webhook.position = event.sequence;
    const bool is_wanted = webhook.types.empty() || std::ranges::find(webhook.types, event.type) != webhook.types.end();
    if (!is_wanted) continue;
    const WebhookDelivery first{.sequence = event.sequence, .event_id = event.id, .attempts = 0};
    if (!co_await attempt(webhook, event, first)) co_return false;
  }
  co_return true;
}

awaitable<bool> WebhookSender::attempt(Webhook& webhook, const AccountEvent& event, WebhookDelivery delivery) {
  const auto address = parse_webhook_url(webhook.url, d_.policy.allows_insecure);
  Result<void> sent = fail(Errc::forbidden, "the URL may not be called");
  if (address) {
    std::string body = webhook_body(webhook.account, event);
    std::string signature = webhook_signature(webhook.secret, body, d_.clock.now());
    sent = co_await post_webhook({.address = *address,
                                  .body = std::move(body),
                                  .signature = std::move(signature),
                                  .event_id = event.id,
                                  .event_type = event.type},
                                 d_.policy.timeout, d_.policy.allows_insecure);
  }
  const WallTime now = d_.clock.now();
  if (sent) {
    d_.metrics.webhooks_taken.add();
    webhook.failures = 0;
    webhook.not_before = now + lease();
    co_return (co_await d_.webhooks.save_taken(webhook, event.sequence)).has_value();
  }
  d_.metrics.webhooks_failed.add();
  ++delivery.attempts;
  ++webhook.failures;
  delivery.last_error = sent.error().message;
  delivery.is_dead = delivery.attempts >= d_.policy.attempts_max;
  delivery.next = now + webhook_pause(d_.policy, delivery.attempts, random_fraction());
  webhook.not_before = now + webhook_pause(d_.policy, webhook.failures, random_fraction());
  if (delivery.is_dead) {
    delivery.next = now;
    d_.metrics.webhooks_dead.add();
    ops::log_warning("events", "an event was not taken by a webhook and is a dead letter",
                     {{"webhook", webhook.id}, {"event", event.id}, {"error", delivery.last_error}});
  }
  (void)co_await d_.webhooks.save(webhook, std::move(delivery));
  co_return false;
}

}  // namespace pulso::events
