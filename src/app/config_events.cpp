#include <array>

#include "app/config_property_parts.h"

namespace pulso::app {
namespace {

constexpr std::array<std::string_view, 2> webhook_targets{"public", "any"};

constexpr std::array table{
    Property{.key = "events.heartbeat_interval",
             .description = "How often an event stream without events shows that it lives.",
             .example = R"("15s")",
             .slot = [](Config& config) -> Slot { return &config.events.heartbeat_interval; },
             .min = second,
             .max = 10 * minute},
    Property{.key = "events.retention",
             .description = "How long an account's events are kept for streams that come back.",
             .example = R"("30d")",
             .slot = [](Config& config) -> Slot { return &config.events.retention; },
             .min = minute,
             .max = 365 * day},
    Property{.key = "events.retained_events",
             .description = "How many events of an account are kept at most.",
             .example = "1000000",
             .slot = [](Config& config) -> Slot { return &config.events.retained_events; },
             .min = 1'000,
             .max = 100'000'000},

    Property{.key = "events.currency",
             .description = "Currency of accounts whose first QR names none (ISO 4217).",
             .example = R"("USD")",
             .slot = [](Config& config) -> Slot { return &config.events.currency; }},
    Property{.key = "events.bank_secret",
             .description = "The bank signs its calls with it (HMAC-SHA256). Empty: they are refused.",
             .example = R"("at least 32 random bytes")",
             .slot = [](Config& config) -> Slot { return &config.events.bank_secret; },
             .secrecy = Secrecy::secret},

    Property{.key = "events.webhook_retry",
             .description = "Pause before a failed webhook is called again; doubles with each failure, up to an hour.",
             .example = R"("5s")",
             .slot = [](Config& config) -> Slot { return &config.events.webhook_retry; },
             .min = 10,
             .max = 10 * minute},
    Property{.key = "events.webhook_timeout",
             .description = "How long a webhook may take to answer.",
             .example = R"("5s")",
             .slot = [](Config& config) -> Slot { return &config.events.webhook_timeout; },
             .min = 100,
             .max = 20 * second},
    Property{.key = "events.webhook_attempts",
             .description = "After so many tries an event that a webhook does not take is a dead letter.",
             .example = "20",
             .slot = [](Config& config) -> Slot { return &config.events.webhook_attempts; },
             .min = 1,
             .max = 100},
    Property{.key = "events.webhook_targets",
             .description = "Where webhooks may lead: `public`, by HTTPS to addresses that are not private, or `any`.",
             .example = R"("any")",
             .slot = [](Config& config) -> Slot { return choice_of(config.events.webhook_targets); },
             .choices = webhook_targets},
};

}  // namespace

std::span<const Property> events_properties() noexcept {
  return table;
}

}  // namespace pulso::app
