#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "features/events/account_event.h"

namespace pulso::events {

inline constexpr std::size_t webhooks_max = 10;  ///< of an account
inline constexpr std::size_t webhook_url_bytes_max = 2'000;

/// Where an account's events are posted to. It goes along the log: `position` is the last event that was tried; those
/// that were not taken are tried again beside it, so none holds up the others for long.
struct Webhook {
  std::string id;
  AccountId account;
  std::string url;
  std::string secret;              ///< what is posted is signed with it
  std::vector<std::string> types;  ///< only these; all when empty
  std::uint64_t position = 0;
  std::int64_t failures = 0;  ///< in a row; the pause before the next try grows with them
  WallTime not_before;  ///< nobody tries before. Whoever serves it keeps moving it: found changed, it is another's
  WallTime created;
};

enum class DeliveryState : std::uint8_t {
  due,    ///< to be tried again
  dead,   ///< given up: a dead letter
  taken,  ///< at last; nothing is kept of it
};

/// An event that was not taken at once, or a dead letter that stands for those up to `sequence` which the log had
/// forgotten before they could be tried.
struct WebhookDelivery {
  std::uint64_t sequence = 0;
  std::string event_id;  ///< empty: it stands for forgotten ones
  std::int64_t attempts = 0;
  std::string last_error;
  WallTime next;  ///< try, or when it was given up
  DeliveryState state = DeliveryState::due;
};

/// How webhooks are called. `max` is what `attempts` ends at: the event is a dead letter then.
struct WebhookPolicy {
  milliseconds retry_base{1'000};
  milliseconds retry_max{60LL * 60 * 1'000};
  std::int64_t attempts_max = 12;
  milliseconds timeout{10'000};  ///< of one call, from the look-up of the name to the answer
  bool allows_insecure = false;  ///< plain HTTP and private addresses, for tests and demonstrations
};

/// Exponential, up to half of it taken off at random (`random` in [0, 1)), so that calls do not come back together.
[[nodiscard]] milliseconds webhook_pause(const WebhookPolicy& policy, std::int64_t failures, double random) noexcept;

/// Where a URL leads. Nothing where it is none that may be called.
struct WebhookAddress {
  bool is_secure = true;
  std::string host;       ///< without brackets
  std::string authority;  ///< for `Host`
  std::string port;
  std::string target;
};
[[nodiscard]] std::optional<WebhookAddress> parse_webhook_url(std::string_view url, bool allows_insecure);

/// Addresses that nobody outside should make a server call: loopback, private, link-local, multicast, unspecified, and
/// those of IPv6 that a translator (NAT64) turns into one.
[[nodiscard]] bool is_private_address(std::string_view address) noexcept;

/// `{"id":…,"type":…,"accountId":…,"data":…}`.
[[nodiscard]] std::string webhook_body(const AccountId& account, const AccountEvent& event);
/// `t=1705312800,v1=5257a8…`: the HMAC-SHA256 of `<t>.<body>`.
[[nodiscard]] std::string webhook_signature(std::string_view secret, std::string_view body, WallTime now);

}  // namespace pulso::events
