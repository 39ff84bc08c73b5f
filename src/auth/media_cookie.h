#pragma once
#include <string>

#include "auth/authenticator.h"
#include "auth/jwt_keys.h"
#include "auth/principal.h"
#include "base/clock.h"
#include "base/result.h"
#include "net/http_message.h"

namespace pulso::auth {

/// The credential of media elements, which can't send headers: a cookie with a token of `media_purpose`. It says who
/// the user is and nothing else (no role, no scope), opens GETs of media only, ends with the credential that it was set
/// for, at the latest after twelve hours, and is revoked with it. Thread-safe.
class MediaCookie {
 public:
  /// `secret` is what the key is derived from; `authenticator` outlives it and knows what was revoked.
  [[nodiscard]] static Result<MediaCookie> create(const std::string& secret, const Authenticator& authenticator,
                                                  const Clock& clock);

  /// The value of a `Set-Cookie` field (RFC 6265 §4.1) for an answer to `request`, which `principal` has made with a
  /// credential. Empty when there is nothing to set: `principal` is no user, or the request carries a cookie of that
  /// user and credential with half of its time left.
  [[nodiscard]] std::string field_for(const net::HttpRequest& request, const Principal& principal) const;

  /// The user whose cookie a GET or HEAD carries; null when there is none that holds.
  [[nodiscard]] PrincipalRef principal_of(const net::HttpRequest& request) const;

 private:
  MediaCookie(JwtKeyRef key, const Authenticator& authenticator, const Clock& clock) noexcept
      : key_(std::move(key)), authenticator_(&authenticator), clock_(&clock) {}

  JwtKeyRef key_;
  const Authenticator* authenticator_;
  const Clock* clock_;
};

}  // namespace pulso::auth
