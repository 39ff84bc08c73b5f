#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_message.h"

namespace pulso::net {

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
[[nodiscard]] std::string format_http_date(std::chrono::sys_seconds time);
/// Reads that form and the two obsolete ones. A two-digit year is 1970–2069.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) noexcept;

/// What a representation is known by (RFC 9110 §8.8).
struct Validators {
  std::string etag;  ///< with its quotes and, when weak, `W/`; empty when there is none
  std::optional<std::chrono::sys_seconds> last_modified;
};

enum class ConditionResult : std::uint8_t {
  proceed,
  not_modified,  ///< answer 304 with the validators
  failed,        ///< answer 412
};

/// Evaluates a request's preconditions for a representation that exists, in the order of RFC 9110 §13.2.2. Dates that
/// do not parse are ignored.
[[nodiscard]] ConditionResult evaluate_conditions(const HttpRequest& request, const Validators& validators);

/// Whether `Range` counts in the light of `If-Range` (RFC 9110 §13.1.5): there is none, or it names this very
/// representation by strong entity tag or exact date.
[[nodiscard]] bool allows_range(const HttpRequest& request, const Validators& validators);

}  // namespace pulso::net
