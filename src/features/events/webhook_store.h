#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/result.h"
#include "features/events/webhook.h"
#include "store/database.h"

namespace pulso::events {

/// What a dead letter became when it was to be sent again.
enum class Revival : std::uint8_t {
  due,
  unknown,    ///< there is none of that event
  forgotten,  ///< the log has not the event any more
};

/// Webhooks and what they did not take. Instances take turns by `claim`.
class WebhookStore {
 public:
  explicit WebhookStore(store::Database& database) : database_(database) {}

  template <class T>
  using Answer = boost::asio::awaitable<Result<T>>;

  /// Begins behind the account's last event. `Errc::conflict` when the account has as many as it may.
  [[nodiscard]] Answer<void> insert(Webhook webhook);
  [[nodiscard]] Answer<std::vector<Webhook>> list(AccountId account);
  /// Whether there was one.
  [[nodiscard]] Answer<bool> remove(AccountId account, std::string webhook);

  /// Webhooks that have something to do, for `lease` nobody else's. Not those whose ids are among `served`: the caller
  /// is still at them, however long that takes.
  [[nodiscard]] Answer<std::vector<Webhook>> claim(WallTime now, milliseconds lease, std::size_t count,
                                                   std::vector<std::string> served);
  /// Writes down how far it came, and that nobody tries before `not_before`. False, with nothing written, where the
  /// webhook is not the caller's any more: its lease was over and another has it, a dead letter was revived, or it is
  /// gone.
  [[nodiscard]] Answer<bool> save(Webhook webhook, WallTime not_before);
  /// The same, with what became of a delivery.
  [[nodiscard]] Answer<bool> save(Webhook webhook, WallTime not_before, WebhookDelivery delivery);

  /// What is due to be tried again.
  [[nodiscard]] Answer<std::vector<WebhookDelivery>> due(std::string webhook, WallTime now, std::size_t count);
  /// Dead letters of events before that one, the newest first.
  [[nodiscard]] Answer<std::vector<WebhookDelivery>> dead(std::string webhook, std::uint64_t before, std::size_t count);
  /// Makes a dead letter due again, and ends the webhook's pause: whoever asks does not want to wait for it. That ends
  /// the turn of whoever is at it, too: the event that is on its way then may be posted twice.
  [[nodiscard]] Answer<Revival> revive(Webhook webhook, std::string event_id, WallTime now);

 private:
  store::Database& database_;
};

}  // namespace pulso::events
