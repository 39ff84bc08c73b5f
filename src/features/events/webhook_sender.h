#pragma once
#include <cstddef>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "features/events/events_metrics.h"
#include "features/events/events_store.h"
#include "features/events/webhook_store.h"

namespace pulso::events {

/// Posts what the logs have to the accounts' webhooks. Each event is tried at least once, in the log's order; what is
/// not taken is tried again, later and later, and is a dead letter in the end. A webhook that fails is left alone for a
/// growing while. After a crash the last event may be posted again: receivers know it by its id.
class WebhookSender {
 public:
  struct Dependencies {
    const Clock& clock;
    WebhookStore& webhooks;
    EventsStore& events;
    EventsMetrics& metrics;
    WebhookPolicy policy;
    boost::asio::any_io_executor executor;  ///< of one thread
  };

  explicit WebhookSender(Dependencies dependencies) : d_(std::move(dependencies)) {}

  /// Looks for work; on the executor, again and again.
  void look();
  void stop() { is_stopped_ = true; }

 private:
  /// How long a webhook is one instance's: if that dies, others wait so long.
  [[nodiscard]] milliseconds lease() const noexcept;
  boost::asio::awaitable<void> claim();
  /// As long as the webhook takes what there is, and its turn lasts.
  boost::asio::awaitable<void> serve(Webhook webhook);
  boost::asio::awaitable<bool> send_next(Webhook& webhook);
  boost::asio::awaitable<bool> send_again(Webhook& webhook);
  /// Tries one event, and writes down what became of it. False: the webhook is to be left alone now.
  boost::asio::awaitable<bool> attempt(Webhook& webhook, const AccountEvent& event, WebhookDelivery delivery);

  Dependencies d_;
  std::size_t serving_ = 0;
  bool is_claiming_ = false;
  bool is_stopped_ = false;
};

}  // namespace pulso::events
