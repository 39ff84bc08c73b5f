#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/result.h"
#include "features/events/webhook.h"
#include "store/database.h"

namespace pulso::events {

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

  /// Webhooks that have something to do, for `lease` nobody else's.
  [[nodiscard]] Answer<std::vector<Webhook>> claim(WallTime now, milliseconds lease, std::size_t count);
  /// Writes down how far it came, and who may go on when; nothing where it is gone.
  [[nodiscard]] Answer<void> save(Webhook webhook);
  /// The same, with what was not taken.
  [[nodiscard]] Answer<void> save(Webhook webhook, WebhookDelivery delivery);
  /// The same, with what was taken at last.
  [[nodiscard]] Answer<void> save_taken(Webhook webhook, std::uint64_t sequence);

  /// What is due to be tried again.
  [[nodiscard]] Answer<std::vector<WebhookDelivery>> due(std::string webhook, WallTime now, std::size_t count);
  /// Dead letters, the newest first.
  [[nodiscard]] Answer<std::vector<WebhookDelivery>> dead(std::string webhook, std::size_t count);
  /// Makes a dead letter due again; false where there is none of that event.
  [[nodiscard]] Answer<bool> revive(std::string webhook, std::string event_id, WallTime now);

 private:
  store::Database& database_;
};

}  // namespace pulso::events
