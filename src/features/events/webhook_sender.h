#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "features/events/events_metrics.h"
#include "features/events/events_store.h"
#include "features/events/webhook_client.h"
#include "features/events/webhook_store.h"

namespace pulso::events {

/// Posts what the logs have to the accounts' webhooks. Each event is tried at least once, in the log's order; what is
/// not taken is tried again, later and later, beside what follows, and is a dead letter in the end. A webhook that
/// fails is left alone for a growing while; what the log forgets meanwhile is told of by a dead letter. After a crash
/// the last event may be posted again: receivers know it by its id.
class WebhookSender {
 public:
  struct Dependencies {
    const Clock& clock;
    WebhookStore& webhooks;
    EventsStore& events;
    EventsMetrics& metrics;
    WebhookPolicy policy;
    boost::asio::any_io_executor executor;                                       ///< of one thread
    std::function<boost::asio::awaitable<Result<void>>(WebhookCall)> post = {};  ///< by HTTP when not given
  };

  explicit WebhookSender(Dependencies dependencies);

  /// Looks for work; on the executor, again and again.
  void look();
  void stop() { is_stopped_ = true; }
  /// On the executor: whether nothing is looked for and no webhook is served.
  [[nodiscard]] bool is_idle() const noexcept { return !is_claiming_ && serving_.empty(); }

 private:
  /// A webhook while it is this instance's.
  struct Turn {
    Webhook webhook;
    SteadyTime ends_at;       ///< no call begins behind it
    bool has_failed = false;  ///< the last call
  };
  [[nodiscard]] bool is_over(const Turn& turn) const;

  /// How long a webhook is one instance's: if that dies, others wait so long.
  [[nodiscard]] milliseconds lease() const noexcept;
  boost::asio::awaitable<void> claim();
  /// One turn. Whether the webhook took what it was offered: there may be more then.
  boost::asio::awaitable<bool> serve(Webhook webhook);
  /// Until a call fails. False here and below: the turn is over, because the webhook is not ours any more, or the
  /// database is away and the lease will run out.
  boost::asio::awaitable<bool> send_again(Turn& turn);
  boost::asio::awaitable<bool> send_next(Turn& turn);
  /// Goes past events that the log has forgotten, up to `last`.
  boost::asio::awaitable<bool> skip_forgotten(Turn& turn, std::uint64_t last);
  /// Tries one event, and writes down what became of it.
  boost::asio::awaitable<bool> attempt(Turn& turn, const AccountEvent& event, WebhookDelivery delivery);
  /// Makes it a dead letter, which stands for `count` events.
  boost::asio::awaitable<bool> give_up(Turn& turn, WebhookDelivery delivery, std::uint64_t count = 1);
  /// Keeps the webhook for another lease, too.
  boost::asio::awaitable<bool> save(Turn& turn, WebhookDelivery delivery);

  Dependencies d_;
  std::unique_ptr<WebhookClient> client_;  ///< none where `post` was given
  /// Ids; `serving_max` at most. A turn may outlast its lease, and this instance would claim its own webhook then.
  std::set<std::string> serving_;
  bool is_claiming_ = false;
  bool is_stopped_ = false;
};

}  // namespace pulso::events
