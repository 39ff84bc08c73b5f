#include "features/tracks/track_urls.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "auth/jwt_keys.h"
#include "base/encoding.h"

namespace pulso::tracks {
namespace {

constexpr std::string_view purpose = "track-urls";
constexpr std::size_t user_bytes_max = 512;
/// Parts of a lifetime on whose ends URLs end.
constexpr std::int64_t grid = 4;

/// For a query (RFC 3986 §3.4): all but unreserved characters escaped.
std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                          c == '.' || c == '_' || c == '~';
    if (is_plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::optional<std::chrono::sys_seconds> parse_end(std::string_view digits) noexcept {
  std::uint32_t seconds = 0;  // until 2106; more digits are refused
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return std::chrono::sys_seconds{std::chrono::seconds{seconds}};
}

}  // namespace

std::optional<UrlSignature> url_signature_of(const net::HttpRequest& request) {
  const auto signature = request.query_value("signature");
  if (!signature) return std::nullopt;
  return UrlSignature{.user = request.query_value("user").value_or(""),
                      .expires = request.query_value("expires").value_or(""),
                      .signature = *signature};
}

TrackUrls::TrackUrls(const std::string& secret, std::string base_url, milliseconds lifetime)
    : hmac_(auth::derive_key(secret, purpose)), base_url_(std::move(base_url)), lifetime_(lifetime) {
  while (base_url_.ends_with('/')) base_url_.pop_back();
}

std::string TrackUrls::audio_url(const TrackId& track, const UserId& user, WallTime now) const {
  return fmt::format("{}/api/tracks/stream/{}{}", base_url_, track.value(), query(track, user, now));
}

std::string TrackUrls::cover_url(const TrackId& track, const UserId& user, WallTime now) const {
  return fmt::format("{}/api/tracks/{}/cover{}", base_url_, track.value(), query(track, user, now));
}

std::string TrackUrls::waveform_url(const TrackId& track, const UserId& user, WallTime now) const {
  return fmt::format("{}/api/tracks/{}/waveform{}", base_url_, track.value(), query(track, user, now));
}

std::string TrackUrls::query(const TrackId& track, const UserId& user, WallTime now) const {
  const std::int64_t step = std::max<std::int64_t>(1, lifetime_.count() / 1000 / grid);
  const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::string expires = std::to_string((seconds / step + grid) * step);
  return fmt::format("?user={}&expires={}&signature={}", percent_encode(user.value()), expires,
                     sign(track.value(), user.value(), expires));
}

std::string TrackUrls::sign(std::string_view track, std::string_view user, std::string_view expires) const {
  // With their lengths in front, no two lists of values make the same text.
  const HmacSha256::Digest digest =
      hmac_.sign(fmt::format("{}:{}{}:{}{}", track.size(), track, user.size(), user, expires));
  return base64url_encode({digest.data(), digest.size()});
}

std::optional<UserId> TrackUrls::user_of(const TrackId& track, const UrlSignature& signature, WallTime now) const {
  const auto end = parse_end(signature.expires);
  if (!end || now >= *end || signature.user.size() > user_bytes_max) return std::nullopt;
  const std::string expected = sign(track.value(), signature.user, signature.expires);
  if (!equals_in_constant_time(expected, signature.signature)) return std::nullopt;
  return UserId{std::string{signature.user}};
}

}  // namespace pulso::tracks
