#pragma once
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "features/events/webhook.h"
#include "net/outbox.h"

namespace pulso::events {

struct EventsOptions {
  milliseconds heartbeat_interval{30'000};
  milliseconds retention{7LL * 24 * 60 * 60 * 1000};
  std::uint64_t retained_events = 100'000;  ///< of an account
  std::string currency = "BOB";             ///< of accounts whose first QR names none
  std::string bank_secret;                  ///< the bank signs with it; empty: it is refused
  bool has_demo_bank = false;               ///< anyone may pay a QR
  net::OutboxLimits outbox;                 ///< of a stream
  WebhookPolicy webhooks;
};

}  // namespace pulso::events
