#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "features/events/account_event.h"
#include "features/events/events_errors.h"

namespace pulso::events {

inline constexpr std::size_t publish_events_max = 100;
inline constexpr std::size_t event_data_bytes_max = 64 * 1024;
inline constexpr std::size_t publish_bytes_max = 1024 * 1024;

/// An event and whose it is to be.
struct Publication {
  AccountId account;  ///< empty: the publisher's own
  EventDraft draft;
};

struct PublishBody {
  std::vector<Publication> publications;  ///< at least one
  bool is_batch = false;                  ///< the body was an array
};

/// `{accountId?, type, data, id?}` or an array of at most `publish_events_max` of them.
[[nodiscard]] Outcome<PublishBody> parse_publish_body(std::string_view body);

}  // namespace pulso::events
