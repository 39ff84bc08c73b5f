#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/sha256.h"
#include "features/tracks/track.h"
#include "net/http_message.h"

namespace pulso::tracks {

/// What a signed URL carries in its query, as a stranger may have written it.
struct UrlSignature {
  std::string_view user;
  std::string_view expires;    ///< seconds since 1970, digits
  std::string_view signature;  ///< base64url
};

/// Nothing when the request has no `signature` at all.
[[nodiscard]] std::optional<UrlSignature> url_signature_of(const net::HttpRequest& request);

/// URLs that open one track's bytes, cover and waveform for one user and some hours, with nothing else to show. They
/// are signed by HMAC-SHA256 under a key of their own, over track, user and end. The end lies on a grid, so that a
/// track keeps its URL for a while: players and caches know it again. A URL that was given away can't be taken back
/// before it ends; who may hear what it opens is asked anew each time. Thread-safe.
class TrackUrls {
 public:
  /// `secret` is what the key is derived from; `base_url` stands in front of each path, or is empty. A URL holds for
  /// three quarters of `lifetime` at least and for all of it at most.
  TrackUrls(const std::string& secret, std::string base_url, milliseconds lifetime);

  [[nodiscard]] std::string audio_url(const TrackId& track, const UserId& user, WallTime now) const;
  [[nodiscard]] std::string cover_url(const TrackId& track, const UserId& user, WallTime now) const;
  [[nodiscard]] std::string waveform_url(const TrackId& track, const UserId& user, WallTime now) const;

  /// The user that a signature was made for, when it is ours, of this track and has not ended. Compares in constant
  /// time.
  [[nodiscard]] std::optional<UserId> user_of(const TrackId& track, const UrlSignature& signature, WallTime now) const;

 private:
  [[nodiscard]] std::string query(const TrackId& track, const UserId& user, WallTime now) const;
  [[nodiscard]] std::string sign(std::string_view track, std::string_view user, std::string_view expires) const;

  HmacSha256 hmac_;
  std::string base_url_;
  milliseconds lifetime_;
};

}  // namespace pulso::tracks
